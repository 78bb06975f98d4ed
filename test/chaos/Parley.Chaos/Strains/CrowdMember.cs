using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>A user of one conversation who is moved by somebody else's loop: never blocks unless he says so, and sends nothing a second time.</summary>
internal sealed class CrowdMember : IDisposable
{
    private const int Buffer = 16 * 1024;
    private const int Patience = 20_000;

    private readonly UserId _user;
    private readonly EndPoint _server;
    private readonly Tokens _tokens;
    private readonly Gathering _gathering;
    private readonly List<Outgoing> _sent = [];
    private readonly List<PageSeen> _pages = [];
    private readonly Dictionary<int, Outgoing> _waiting = [];
    private RawConnection _connection;
    private int _connections;
    private int _requests;
    private int _batched;

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
        var outgoing = new Outgoing(_user, _sent.Count + 1, _gathering.Conversation, length) { InvokedAt = now };
        _sent.Add(outgoing);
        _waiting[Ask(Methods.SendMessage, outgoing.Command, ProtocolJson.Lenient.SendMessage)] = outgoing;
        return outgoing.Message;
    }

    /// <summary>Adds a receipt of what is new, if it is time for one.</summary>
    public void AddReceipt(long now)
    {
        if (_gathering.DueReceipt(now) is not { } upTo) return;
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

    /// <summary>Reads what pushes left out, until the server says that this is all. Blocks; for when nobody sends any more.</summary>
    public void Finish()
    {
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
        _connection.Dispose();
        _connection = Connect(receiveBuffer: null);
    }

    /// <summary>What he tried, was told, and has.</summary>
    public ClientRecord Record() =>
        new([.. _sent.Select(outgoing => outgoing.Seal())], _gathering.Streams(), [_gathering.Timeline()], _pages, _gathering.Cursors, default);

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

    private void Take(JsonElement item, long now, Tally tally)
    {
        if (item.TryGetProperty("method", out var method)) Notified(method.GetString()!, item.GetProperty("params"), now);
        else if (_waiting.Remove(item.GetProperty("id").GetInt32(), out var outgoing)) Answered(outgoing, item, now, tally);
        else if (item.TryGetProperty("result", out var cursors)) _gathering.ToldCursors(_user, cursors);
    }

    private void Answered(Outgoing outgoing, JsonElement answer, long now, Tally tally)
    {
        if (answer.TryGetProperty("result", out var result))
        {
            var entry = Gathering.Read(result);
            outgoing.AnsweredWith(entry.Sequence, now, Ending.Acknowledged);
            _gathering.Told(Told.Answered, entry);
            tally.Admitted(outgoing.InvokedAt, now);
            return;
        }

        var data = answer.GetProperty("error").GetProperty("data");
        var wait = data.TryGetProperty("retryAfterMs", out var after) ? after.GetDouble() : (double?)null;
        outgoing.End(Ending.TurnedAway);
        tally.Refused(data.GetProperty("code").GetString()!, wait, outgoing.InvokedAt, now);
    }

    private void Notified(string method, JsonElement parameters, long now)
    {
        if (method == Methods.Entry)
        {
            var entry = Gathering.Read(parameters);
            _gathering.Told(Told.Pushed, entry);
            Pushed?.Invoke(entry, now);
        }
        else if (method == Methods.Head) _gathering.ToldHead(parameters.GetProperty("head").GetInt64());
        else if (method == Methods.Receipt) _gathering.ToldCursors(new UserId(parameters.GetProperty("user").GetString()!), parameters);
    }

    private int Ask<T>(string method, T parameters, JsonTypeInfo<T> type)
    {
        var id = ++_requests;
        var request = Encoding.UTF8.GetBytes(
            $$"""{{(_batched == 0 ? "[" : ",")}}{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{JsonSerializer.Serialize(parameters, type)}}}""");
        request.CopyTo(_connection.Room(request.Length));
        _connection.Wrote(request.Length);
        _batched++;
        return id;
    }
}
