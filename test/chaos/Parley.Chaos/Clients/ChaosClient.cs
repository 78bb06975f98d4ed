using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>A user on one device: sends as much as his window lets him, reconnects by himself, and leaves no send unsettled. Runs on a thread of his own.</summary>
/// <remarks>
/// After a reconnect he sends what was not answered again, under the same ids and in the same order; every fourth he settles at once with
/// <c>message.cancel</c>, as one whose time is up. Every sixteenth he sends twice in a row. A fenced message he sends once more, late.
/// Now and then he says what was delivered to him, or what he has read, and sometimes what he had said before.
/// </remarks>
internal sealed class ChaosClient(UserId user, Tokens tokens, EndPoint server, IReadOnlyList<ConversationId> conversations, Random random) : IDisposable
{
    private const int Window = 8;
    private const int Buffer = 64 * 1024;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan NoAnswer = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<ConversationId, Gathering> _gatherings = conversations.ToDictionary(id => id, id => new Gathering(user, id));
    private readonly List<Outgoing> _sent = [];
    private readonly List<Outgoing> _open = [];
    private readonly Dictionary<int, Action<JsonElement, Refused?>> _waiting = [];
    private readonly DeviceId _device = DeviceId.New();
    private readonly ConcurrentDictionary<string, int> _refused = [];
    private readonly List<PageSeen> _pages = [];
    private RawConnection? _connection;
    private int _connections;
    private int _requests;
    private Outcomes _outcomes;
    private int _batched;
    private volatile int _unanswered;
    private volatile int _acknowledged;
    private volatile bool _connected;
    private volatile bool _sending = true;
    private volatile bool _finishing;
    private volatile bool _settled;

    /// <summary>Sends and cancels that wait for their answers.</summary>
    public int Unanswered => _connected ? _unanswered : 0;

    /// <summary>Sends that were answered with their entries.</summary>
    public int Acknowledged => _acknowledged;

    public bool Connected => _connected;

    /// <summary>How many requests were refused with a code so far.</summary>
    public int RefusedWith(string code) => _refused.GetValueOrDefault(code);

    /// <summary>Whether nothing is to be sent, settled or read any more; never before <see cref="StopSending"/>.</summary>
    public bool Settled => _settled;

    public void StopSending() => _sending = false;

    /// <summary>Asks once more how far each conversation goes, since a push may be left out; he is settled again when he has it all.</summary>
    public void Finish()
    {
        _settled = false;
        _finishing = true;
    }

    /// <summary>What he tried, was told, and has; once his thread has ended.</summary>
    public ClientRecord Record() => new(
        [.. _sent.Select(outgoing => outgoing.Seal())], [.. _gatherings.Values.SelectMany(one => one.Streams())], [.. _gatherings.Values.Select(one => one.Timeline())],
        _pages, [.. _gatherings.Values.SelectMany(one => one.Cursors)], _outcomes);

    public void Dispose() => _connection?.Dispose();

    /// <summary>Lives until <paramref name="cancel"/>.</summary>
    public void Run(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                using (_connection = new RawConnection(server, Buffer))
                {
                    Open();
                    while (!cancel.IsCancellationRequested) Turn();
                }
            }
            catch (Exception lost) when (lost is SocketException or BenchException)
            {
                Lose();
                cancel.WaitHandle.WaitOne(ShortestWait + random.NextDouble() * ShortestWait);
            }
        }
    }

    private void Open()
    {
        _connection!.Socket.ReceiveTimeout = (int)NoAnswer.TotalMilliseconds;
        _connection.FinishUpgrade();
        _connections++;
        Ask(Methods.OpenSession, new OpenSession(tokens.For(user.Value), _device), ProtocolJson.Lenient.OpenSession, (opened, refused) =>
        {
            if (refused is not null) throw new BenchException($"session.open was refused: {refused.Code}");
            var heads = opened.GetProperty("changes").GetProperty("conversations").EnumerateArray()
                .ToDictionary(change => change.GetProperty("conversation").GetGuid(), change => change.GetProperty("head").GetInt64());
            foreach (var gathering in _gatherings.Values) gathering.Join(_connections, heads.GetValueOrDefault(gathering.Conversation.Value));
            _connected = true;
        });
        Flush();

        // The server registers a subscriber before it reads the heads: what it pushes in between belongs to the stream that begins here.
        var early = new List<(string Method, JsonElement Parameters)>();
        while (!_connected) Receive((method, parameters) => early.Add((method, parameters)));
        foreach (var (method, parameters) in early) Notified(method, parameters);

        foreach (var outgoing in _open)
        {
            outgoing.Cancelling |= outgoing.Order % 4 == 0;
            Continue(outgoing);
        }
    }

    private void Turn()
    {
        Flush();
        if (_connection!.Socket.Poll(Tick, SelectMode.SelectRead)) Receive(Notified);
        var now = Stopwatch.GetTimestamp();
        foreach (var outgoing in _open)
        {
            if (outgoing is not { AgainAt: > 0, Unanswered: 0 } || now < outgoing.AgainAt) continue;
            outgoing.AgainAt = 0;
            outgoing.Cancelling |= Stopwatch.GetElapsedTime(outgoing.InvokedAt, now) > Patience;
            Continue(outgoing);
        }

        _open.RemoveAll(outgoing => outgoing is { Ending: not Ending.Open, Unanswered: 0 });
        while (_sending && _open.Count < Window) SendNew();
        foreach (var gathering in _gatherings.Values)
        {
            if (gathering.DueReceipt(now) is { } upTo) SayReceived(gathering, new Sequence(upTo));
            if ((gathering.Gap || (_finishing && !gathering.Finished)) && !gathering.Reading) ReadPage(gathering);
        }

        _settled = !_sending && _open.Count == 0 && _gatherings.Values.All(gathering => gathering.Finished || (!_finishing && !gathering.Gap));
    }

    private void Lose()
    {
        _connected = false;
        _connection = null;
        _outcomes += new Outcomes(Ok: 0, Fail: 0, _waiting.Count);
        _waiting.Clear();
        (_batched, _unanswered) = (0, 0);
        foreach (var outgoing in _open) (outgoing.Unanswered, outgoing.AgainAt) = (0, 0);
        _open.RemoveAll(outgoing => outgoing.Ending != Ending.Open);
    }

    private void SendNew()
    {
        var outgoing = new Outgoing(user, _sent.Count + 1, conversations[_sent.Count % conversations.Count]);
        _sent.Add(outgoing);
        _open.Add(outgoing);
        Continue(outgoing);
        if (outgoing.Order % 16 == 7) Continue(outgoing);
    }

    /// <summary>Asks for what this message needs next: to be sent, or to be settled.</summary>
    private void Continue(Outgoing outgoing)
    {
        outgoing.Unanswered++;
        _unanswered++;
        if (outgoing.InvokedAt == 0) outgoing.InvokedAt = Stopwatch.GetTimestamp();
        if (outgoing.Cancelling)
        {
            var cancel = new CancelMessage(outgoing.Conversation, outgoing.Message);
            Ask(Methods.CancelMessage, cancel, ProtocolJson.Lenient.CancelMessage, (result, refused) => Cancelled(outgoing, result, refused));
        }
        else Ask(Methods.SendMessage, outgoing.Command, ProtocolJson.Lenient.SendMessage, (entry, refused) => Sent(outgoing, entry, refused));
    }

    private void Sent(Outgoing outgoing, JsonElement entry, Refused? refused)
    {
        Settle(outgoing);
        if (refused is { } refusal)
        {
            Refuse(outgoing, refusal);
            return;
        }

        if (outgoing.Ending == Ending.Open) _acknowledged++;
        Answered(outgoing, entry, Ending.Acknowledged);
    }

    private void Cancelled(Outgoing outgoing, JsonElement result, Refused? refused)
    {
        Settle(outgoing);
        if (refused is { } refusal) Refuse(outgoing, refusal);
        else if (result.TryGetProperty("entry", out var entry) && entry.ValueKind == JsonValueKind.Object) Answered(outgoing, entry, Ending.Landed);
        else
        {
            outgoing.End(Ending.Fenced);
            Ask(Methods.SendMessage, outgoing.Command, ProtocolJson.Lenient.SendMessage, (_, late) => outgoing.LateCopyTaken |= late is null);
        }
    }

    private void Answered(Outgoing outgoing, JsonElement json, Ending ending)
    {
        var entry = Gathering.Read(json);
        outgoing.AnsweredWith(entry.Sequence, Stopwatch.GetTimestamp(), ending);
        _gatherings[outgoing.Conversation].Told(Told.Answered, entry);
    }

    private void Settle(Outgoing outgoing)
    {
        outgoing.Unanswered--;
        _unanswered--;
    }

    private void Refuse(Outgoing outgoing, Refused refused)
    {
        _refused.AddOrUpdate(refused.Code, 1, (_, count) => count + 1);
        if (!refused.Later)
        {
            outgoing.End(Ending.Refused);
            return;
        }

        outgoing.Deferred = true;
        outgoing.AgainAt = Stopwatch.GetTimestamp() + (long)(Math.Max(refused.AfterMs, ShortestWait.TotalMilliseconds) / 1_000 * Stopwatch.Frequency);
    }

    private void ReadPage(Gathering gathering)
    {
        gathering.Reading = true;
        var (last, invoked) = (_finishing, Stopwatch.GetTimestamp());
        var read = new ReadEntries(gathering.Conversation, After: new Sequence(gathering.Position));
        Ask(Methods.ReadEntries, read, ProtocolJson.Lenient.ReadEntries, (page, refused) =>
        {
            gathering.Reading = false;
            if (refused is not null) return;
            var head = page.GetProperty("head").GetInt64();
            _pages.Add(new PageSeen(user, gathering.Conversation, invoked, head));
            foreach (var entry in page.GetProperty("entries").EnumerateArray()) gathering.Take(Gathering.Read(entry));
            gathering.Finished = last && head == gathering.Position;
        });
    }

    private void SayReceived(Gathering gathering, Sequence upTo)
    {
        void Answered(JsonElement cursors, Refused? refused)
        {
            if (refused is null) gathering.ToldCursors(user, cursors);
        }

        // Reading one time in three, so that the two cursors differ.
        var read = upTo.Value % 3 == 0;
        gathering.AskedFor(upTo.Value, read ? upTo.Value : 0);
        if (read) Ask(Methods.MarkRead, new MarkRead(gathering.Conversation, upTo), ProtocolJson.Lenient.MarkRead, Answered);
        else Ask(Methods.MarkDelivered, new MarkDelivered(gathering.Conversation, upTo), ProtocolJson.Lenient.MarkDelivered, Answered);
    }

    private void Notified(string method, JsonElement parameters)
    {
        if (method is not (Methods.Entry or Methods.Head or Methods.Receipt)) return;
        if (!_gatherings.TryGetValue(new ConversationId(parameters.GetProperty("conversation").GetGuid()), out var gathering)) return;
        if (method == Methods.Entry) gathering.Told(Told.Pushed, Gathering.Read(parameters));
        else if (method == Methods.Receipt) gathering.ToldReceipts(parameters);
        else gathering.ToldHead(parameters.GetProperty("head").GetInt64());
    }

    /// <summary>Adds a request to the next frame.</summary>
    private void Ask<T>(string method, T parameters, JsonTypeInfo<T> type, Action<JsonElement, Refused?> answered)
    {
        var id = ++_requests;
        _waiting[id] = answered;
        var request = Encoding.UTF8.GetBytes(
            $$"""{{(_batched == 0 ? "[" : ",")}}{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{JsonSerializer.Serialize(parameters, type)}}}""");
        request.CopyTo(_connection!.Room(request.Length));
        _connection.Wrote(request.Length);
        _batched++;
    }

    private void Flush()
    {
        if (_batched == 0) return;
        _connection!.Room(1)[0] = (byte)']';
        _connection.Wrote(1);
        _batched = 0;
        _connection.SendFrame();
    }

    private void Receive(Action<string, JsonElement> notified)
    {
        _connection!.Fill();
        while (_connection.TryReadFrame(out var frame))
        {
            var parsed = JsonElement.Parse(frame);
            foreach (var item in parsed.ValueKind == JsonValueKind.Array ? [.. parsed.EnumerateArray()] : new[] { parsed })
            {
                if (item.TryGetProperty("method", out var method)) notified(method.GetString()!, item.GetProperty("params"));
                else if (_waiting.Remove(item.GetProperty("id").GetInt32(), out var answered))
                {
                    item.TryGetProperty("result", out var result);
                    var refused = item.TryGetProperty("error", out var error) ? Refused.Read(error) : null;
                    _outcomes += refused is null ? new Outcomes(Ok: 1, Fail: 0, Unknown: 0) : new Outcomes(Ok: 0, Fail: 1, Unknown: 0);
                    answered(result, refused);
                }
            }
        }
    }

    private sealed record Refused(string Code, double AfterMs)
    {
        public bool Later => Refusals.Find(Code)?.Retry == RetryPolicy.Later;

        public static Refused Read(JsonElement error)
        {
            var data = error.GetProperty("data");
            return new Refused(data.GetProperty("code").GetString()!, data.TryGetProperty("retryAfterMs", out var wait) ? wait.GetDouble() : 0);
        }
    }
}

/// <summary>What one client tried, was told, and has.</summary>
internal sealed record ClientRecord(
    IReadOnlyList<Attempt> Attempts, IReadOnlyList<PushStream> Streams, IReadOnlyList<Timeline> Timelines, IReadOnlyList<PageSeen> Pages,
    IReadOnlyList<CursorSeen> Cursors, Outcomes Outcomes);
