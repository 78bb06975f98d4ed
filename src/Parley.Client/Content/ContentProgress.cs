namespace Parley.Client;

/// <summary>How far an upload or a download is.</summary>
/// <param name="Bytes">
/// Of an upload, those that were handed to the connection, which may still be on their way; after a broken connection it goes back to what the server has. Of a download, those that
/// were written to the destination.
/// </param>
/// <param name="Total">All there are.</param>
public readonly record struct ContentProgress(long Bytes, long Total);

/// <summary>Tells how far it is: the first and the last time, when it goes back, and in between ten times a second at most.</summary>
internal sealed class ProgressTeller(IProgress<ContentProgress>? whom, TimeProvider clock)
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private long _toldAt;
    private long _told = -1;

    public void Tell(long bytes, long total)
    {
        if (whom is null || bytes == _told) return;
        if (_told >= 0 && bytes > _told && bytes < total && clock.GetElapsedTime(_toldAt) < Between) return;
        (_told, _toldAt) = (bytes, clock.GetTimestamp());
        whom.Report(new ContentProgress(bytes, total));
    }
}
