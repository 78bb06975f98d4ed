namespace Parley.Bench;

/// <summary>Messages to one conversation, sent at once by a writer who waits for none of them.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="template">What each says.</param>
/// <param name="first">The number of the first.</param>
/// <param name="count">How many.</param>
internal sealed class Burst(RawConnection connection, SendTemplate template, uint first, int count)
{
    // A template takes the time into the ids, and what is sent again has the ids it had.
    private readonly List<byte[]> _requests = [.. Enumerable.Range(0, count).Select(number => Request(template, first + (uint)number))];

    /// <summary>Sends them all, without waiting.</summary>
    public void Send()
    {
        foreach (var request in _requests) connection.SendText(request);
    }

    /// <summary>Waits until all that were sent are recorded; what the server refused for the moment is sent again, with the same ids.</summary>
    public void Finish()
    {
        // What was recorded is answered as it was.
        while (!IsRecorded()) Send();
    }

    private bool IsRecorded()
    {
        var (answers, refused) = (0, 0);
        while (true)
        {
            while (connection.TryReadFrame(out var frame))
            {
                answers += frame.Count("\"jsonrpc\""u8);
                refused += frame.Count("\"error\":{"u8);
            }

            if (answers == _requests.Count) break;
            connection.Fill();
        }

        if (refused > 0) Thread.Sleep(TimeSpan.FromMilliseconds(500));
        return refused == 0;
    }

    private static byte[] Request(SendTemplate template, uint number)
    {
        var request = new byte[template.Length];
        template.Write(number, request);
        return request;
    }
}
