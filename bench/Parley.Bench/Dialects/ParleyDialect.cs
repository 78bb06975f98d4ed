using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Parley.Bench;

/// <summary>Parley: JSON-RPC over WebSocket.</summary>
/// <param name="server">Which one.</param>
/// <param name="receipts">Whether those who receive say so, as the SDKs do: the newest sequence, four times a second.</param>
internal sealed class ParleyDialect(LoadedServer server, bool receipts = false) : Dialect
{
    public override IEnumerable<Line> Open(IEnumerable<string> users, int buffer) => server.Open(users, buffer).Select(connection => new ParleyLine(connection, receipts));

    /// <summary>A group.</summary>
    public override void Gather(IReadOnlyList<Line> lines, IReadOnlyList<string> users) => ((ParleyLine)lines[0]).TalkToGroup([.. users.Skip(1)]);

    /// <summary>Not counted here: that what is acknowledged is stored is what the tests of test/chaos are about.</summary>
    public override long? CountStored(IReadOnlyList<Line> senders) => null;
}

/// <summary>A session; one that talks to somebody takes what comes for answers, and else for pushed entries.</summary>
internal sealed class ParleyLine(RawConnection connection, bool receipts = false) : Line
{
    private const int TextLength = 200;
    private static readonly TimeSpan ReceiptsApart = TimeSpan.FromMilliseconds(250);
    private SendTemplate? _template;
    private int _unsent;
    private long _lastReceipt;

    private static ReadOnlySpan<byte> Entry => "\"method\":\"entry\",\"params\":"u8;

    public override Socket Socket => connection.Socket;

    /// <summary>The conversation it talks in.</summary>
    public ConversationId Conversation { get; private set; }

    public override void TalkTo(string user, int key) => TalkIn(new CreateConversation(ConversationId.New(), ConversationKind.Direct, [new UserId(user)]), key);

    /// <summary>From now on this line's messages go to all of <paramref name="users"/>.</summary>
    public void TalkToGroup(IReadOnlyList<string> users)
    {
        TalkIn(new CreateConversation(ConversationId.New(), ConversationKind.Group, []), key: 0);
        foreach (var some in users.Chunk(AddParticipants.MaxUsers))
        {
            var add = new AddParticipants(Conversation, CommandId.New(), [.. some.Select(user => new UserId(user))]);
            connection.Ask(Methods.AddParticipants, add, ProtocolJson.Lenient.AddParticipants);
        }
    }

    private void TalkIn(CreateConversation create, int key)
    {
        connection.Ask(Methods.CreateConversation, create, ProtocolJson.Lenient.CreateConversation);
        Conversation = create.Conversation;
        _template = new SendTemplate(create.Conversation, key, new string('x', TextLength));
    }

    public override void Add(uint number)
    {
        var template = _template!;
        var request = connection.Room(template.Length + 2);
        request[0] = (byte)(_unsent == 0 ? '[' : ',');
        template.Write(number, request[1..]);
        connection.Wrote(template.Length + 1);
        _unsent++;
    }

    /// <summary>One request as itself, several as an array.</summary>
    public override void Flush()
    {
        if (_unsent > 1)
        {
            connection.Room(1)[0] = (byte)']';
            connection.Wrote(1);
        }

        connection.SendFrame(skip: _unsent == 1 ? 1 : 0);
        _unsent = 0;
    }

    public override void Fill() => connection.Fill();

    public override void Tell(IArrivals arrivals)
    {
        while (connection.TryReadFrame(out var frame))
        {
            if (_template is null)
            {
                if (receipts) Confirm(frame);
                while (SendTemplate.TryNext(ref frame, out var number)) arrivals.Delivered(number);
            }
            else if (frame.IndexOf("\"error\":{"u8) < 0)
            {
                while (SendTemplate.TryNext(ref frame, out var number)) arrivals.Acknowledged(number);
            }
            else TellAnswers(frame, arrivals);
        }
    }

    /// <summary>Says that the last entry of a frame has arrived, if it is time to.</summary>
    private void Confirm(ReadOnlySpan<byte> frame)
    {
        // One that is refused for the moment is made up for by the next.
        if (frame.IndexOf("\"error\":{"u8) >= 0 && frame.IndexOf("\"retryAfterMs\":"u8) < 0) throw new BenchException($"The server refused a receipt: {Encoding.UTF8.GetString(frame)}");
        var entry = frame.LastIndexOf(Entry);
        if (entry < 0 || Stopwatch.GetElapsedTime(_lastReceipt) < ReceiptsApart) return;
        _lastReceipt = Stopwatch.GetTimestamp();
        var reader = new Utf8JsonReader(frame[(entry + Entry.Length)..]);
        var told = JsonSerializer.Deserialize(ref reader, ProtocolJson.Lenient.LogEntry)!;
        connection.Request(2, Methods.MarkDelivered, new MarkDelivered(told.Conversation, told.Sequence), ProtocolJson.Lenient.MarkDelivered);
    }

    private static void TellAnswers(ReadOnlySpan<byte> frame, IArrivals arrivals)
    {
        var parsed = JsonElement.Parse(frame);
        foreach (var answer in parsed.ValueKind == JsonValueKind.Array ? [.. parsed.EnumerateArray()] : new[] { parsed })
        {
            if (!answer.TryGetProperty("id", out var id)) continue;
            var number = SendTemplate.NumberOf(id.GetInt64());
            if (answer.TryGetProperty("result", out _))
            {
                arrivals.Acknowledged(number);
                continue;
            }

            var told = answer.GetProperty("error").GetProperty("data");
            var wait = told.TryGetProperty("retryAfterMs", out var after) ? after.GetDouble() : 0;
            arrivals.Refused(number, TimeSpan.FromMilliseconds(wait), Encoding.UTF8.GetString(frame[..Math.Min(frame.Length, 300)]));
        }
    }
}
