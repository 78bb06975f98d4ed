using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>
/// A user of one conversation who is moved by somebody else's loop: never blocks unless he says so, and sends nothing a second time. While he
/// sends he notes only what the loop must know, in numbers; what came is understood later, out of his <see cref="Transcript"/>.
/// </summary>
internal sealed class CrowdMember : IDisposable
{
    private const int Buffer = 16 * 1024;
    private const int Patience = 20_000;

    private readonly UserId _user;
    private readonly EndPoint _server;
    private readonly Tokens _tokens;
    private readonly Gathering _gathering;
    private readonly Transcript _transcript = new();
    private readonly DueReceipts _receipts = new();
    private readonly List<Sent> _sent = [];
    private readonly Dictionary<int, int> _waiting = [];
    private readonly List<PageSeen> _pages = [];
    private RawConnection _connection;
    private int _connections;
    private int _requests;
    private int _batched;
    private long _newest;

    public CrowdMember(UserId user, ConversationId conversation, EndPoint server, Tokens tokens, int? receiveBuffer = null)
    {
        (_user, _server, _tokens, _gathering) = (user, server, tokens, new Gathering(user, conversation));
        _connection = Connect(receiveBuffer);
    }

    /// <summary>Hears of every entry that is pushed, and when.</summary>
    public Action<Entry, long>? Pushed { get; init; }

    public Socket Socket => _connection.Socket;

    /// <summary>Sends without an answer.</summary>
    public int Unanswered => _waiting.Count;

    /// <summary>Adds a message to the next frame, of at least so many characters.</summary>
    public MessageId Add(long now, int length = 0)
    {
        var sent = new Sent(MessageId.New(), now, length);
        _sent.Add(sent);
        var order = _sent.Count;
        var command = new SendMessage(_gathering.Conversation, sent.Message, MessageContent.OfText(Outgoing.TextOf(_user, order, length)));
        _waiting[Ask(Methods.SendMessage, command, ProtocolJson.Lenient.SendMessage)] = order;
        return sent.Message;
    }

    /// <summary>Adds a receipt of what is new, if it is time for one.</summary>
    public void AddReceipt(long now)
    {
        if (_receipts.Next(_newest, now) is not { } upTo) return;
        _gathering.AskedFor(upTo, read: 0);
        Ask(Methods.MarkDelivered, new MarkDelivered(_gathering.Conversation, new Sequence(upTo)), ProtocolJson.Lenient.MarkDelivered);
    }

    /// <summary>Sends what was added.</summary>
    public void Flush()
    {
        if (_batched == 0) return;
        _connection.Room(1)[0] = (byte)']';
        _connection.Wrote(1);
        _batched = 0;
        _connection.SendFrame();
    }

    /// <summary>Takes what has come.</summary>
    public void Receive(Tally tally)
    {
        _connection.Fill();
        while (_connection.TryReadFrame(out var frame))
        {
            var now = Stopwatch.GetTimestamp();
            var parsed = JsonElement.Parse(frame);
            if (parsed.ValueKind != JsonValueKind.Array) Take(parsed, now, tally);
            else
            {
                foreach (var item in parsed.EnumerateArray()) Take(item, now, tally);
            }
        }
    }

    /// <summary>Understands what came until now.</summary>
    public void Understand()
    {
        foreach (var item in _transcript.TakeAll())
        {
            if (item.TryGetProperty("method", out var method)) Notified(method.GetString()!, item.GetProperty("params"));
            else Answered(item.GetProperty("result"));
        }
    }

    /// <summary>Reads what pushes left out, until the server says that this is all. Blocks; for when nobody sends any more.</summary>
    public void Finish()
    {
        Understand();
        for (var head = long.MaxValue; _gathering.Position < head;)
        {
            var invoked = Stopwatch.GetTimestamp();
            _connection.Request(++_requests, Methods.ReadEntries,
                new ReadEntries(_gathering.Conversation, After: new Sequence(_gathering.Position)), ProtocolJson.Lenient.ReadEntries);
            var page = _connection.Answer(_requests);
            head = page.GetProperty("head").GetInt64();
            _pages.Add(new PageSeen(_user, _gathering.Conversation, invoked, head));
            foreach (var entry in page.GetProperty("entries").EnumerateArray()) _gathering.Take(Gathering.Read(entry));
        }
    }

    /// <summary>Comes back after his connection was lost. Blocks.</summary>
    public void Return()
    {
        Understand();
        _connection.Dispose();
        _connection = Connect(receiveBuffer: null);
    }

    /// <summary>What he tried, was told, and has; when he has finished.</summary>
    public ClientRecord Record() =>
        new([.. _sent.Select((sent, i) => sent.Seal(_user, i + 1, _gathering.Conversation))], _gathering.Streams(), [_gathering.Timeline()], _pages, _gathering.Cursors, default);

    public void Dispose() => _connection.Dispose();

    /// <summary>Opens a session; blocks until it is open.</summary>
    private RawConnection Connect(int? receiveBuffer)
    {
        var connection = new RawConnection(_server, Buffer, LoopbackAddresses.For(_server), receiveBuffer);
        connection.Socket.ReceiveTimeout = Patience;
        connection.FinishUpgrade();
        connection.Request(++_requests, Methods.OpenSession, new OpenSession(_tokens.For(_user.Value), DeviceId.New()), ProtocolJson.Lenient.OpenSession);
        var heads = connection.Answer(_requests).GetProperty("changes").GetProperty("conversations");
        _gathering.Join(++_connections, heads.EnumerateArray().Single().GetProperty("head").GetInt64());
        return connection;
    }

    /// <summary>Notes what cannot wait, and keeps the rest.</summary>
    private void Take(JsonElement item, long now, Tally tally)
    {
        if (item.TryGetProperty("id", out var id) && _waiting.Remove(id.GetInt32(), out var order))
        {
            ref var sent = ref CollectionsMarshal.AsSpan(_sent)[order - 1];
            if (item.TryGetProperty("error", out var error))
            {
                sent.Ending = Ending.TurnedAway;
                Refused(error.GetProperty("data"), sent.InvokedAt, now, tally);
                return;
            }

            sent.Ending = Ending.Acknowledged;
            sent.Answer = new Answer(Newest(item.GetProperty("result")), now);
            tally.Admitted(sent.InvokedAt, now);
        }
        else if (item.TryGetProperty("error", out _)) return;
        else if (item.TryGetProperty("method", out var method) && method.ValueEquals(Methods.Entry))
        {
            var entry = item.GetProperty("params");
            Newest(entry);
            Pushed?.Invoke(Gathering.Read(entry), now);
        }

        _transcript.Add(JsonMarshal.GetRawUtf8Value(item));
    }

    private long Newest(JsonElement entry)
    {
        var sequence = entry.GetProperty("sequence").GetInt64();
        _newest = Math.Max(_newest, sequence);
        return sequence;
    }

    private static void Refused(JsonElement data, long sentAt, long now, Tally tally)
    {
        var wait = data.TryGetProperty("retryAfterMs", out var after) ? after.GetDouble() : (double?)null;
        tally.Refused(data.GetProperty("code").GetString()!, wait, sentAt, now);
    }

    /// <summary>A receipt is answered with cursors, a message with its entry.</summary>
    private void Answered(JsonElement result)
    {
        if (result.TryGetProperty("event", out _)) _gathering.Told(Told.Answered, Gathering.Read(result));
        else _gathering.ToldCursors(_user, result);
    }

    private void Notified(string method, JsonElement parameters)
    {
        if (method == Methods.Entry) _gathering.Told(Told.Pushed, Gathering.Read(parameters));
        else if (method == Methods.Head) _gathering.ToldHead(parameters.GetProperty("head").GetInt64());
        else if (method == Methods.Receipt) _gathering.ToldReceipts(parameters);
    }

    private int Ask<T>(string method, T parameters, JsonTypeInfo<T> type)
    {
        var id = ++_requests;
        var request = RawConnection.RequestText(id, method, parameters, type);
        var room = _connection.Room(request.Length + 1);
        room[0] = (byte)(_batched == 0 ? '[' : ',');
        request.CopyTo(room[1..]);
        _connection.Wrote(request.Length + 1);
        _batched++;
        return id;
    }

    /// <summary>A message of his, in numbers.</summary>
    private record struct Sent(MessageId Message, long InvokedAt, int Length)
    {
        public Ending Ending { get; set; }

        public Answer Answer { get; set; }

        public readonly Attempt Seal(UserId sender, int order, ConversationId conversation) => new(
            sender, order, conversation, Message, Outgoing.TextOf(sender, order, Length), InvokedAt, Ending, Ending == Ending.Acknowledged ? [Answer] : []);
    }
}
