using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Messages;

/// <summary>A server that keeps the protocol's promises, as far as an outbox hears of them: what it did, in order.</summary>
/// <param name="chosen">The id under which a direct conversation is to be created.</param>
/// <param name="older">The one that it has already.</param>
internal sealed class KeptOutboxServer(ConversationId chosen, ConversationId older)
{
    private readonly Dictionary<string, (string Bytes, object Answer)> _done = [];
    private readonly HashSet<string> _fenced = [];

    /// <summary>What was done in each conversation, by what names it.</summary>
    public Dictionary<ConversationId, List<string>> Log { get; } = [];

    /// <summary>How far the user has read, in each.</summary>
    public Dictionary<ConversationId, long> ReadUpTo { get; } = [];

    /// <summary>Whether the client has said that the conversation is created.</summary>
    public bool IsCreated { get; set; }

    /// <summary>What names a request: the same in each copy of it.</summary>
    public static string NameOf(string method, JsonNode request) => method switch
    {
        Methods.SendMessage or Methods.ForwardMessage or Methods.CancelMessage => $"send {request["message"]}",
        Methods.EditMessage or Methods.RecallMessage => $"{method} {request["commandId"]}",
        Methods.MarkRead => $"{method} {request["upTo"]}",
        Methods.AddBlocks => $"{method} {request["users"]![0]}",
        _ => method,
    };

    /// <summary>Does it, unless it was done or fenced before; answers as it would be answered.</summary>
    public (object? Answer, Refusal? Refusal) Ask(string method, string json, bool never)
    {
        var request = JsonNode.Parse(json)!;
        var name = NameOf(method, request);
        var conversation = request["conversation"] is { } id ? new ConversationId(Guid.Parse($"{id}")) : default;
        if (method == Methods.CreateConversation) return (Changes.KeptChanges.CreatedAs(older), null);
        if (conversation == chosen)
        {
            Assert.False(IsCreated, "who knows the older conversation asks for the chosen one");
            return (null, Refusals.NotFound);
        }

        if (method == Methods.ForwardMessage && new ConversationId(Guid.Parse($"{request["from"]}")) == chosen && !_done.ContainsKey(name) && !_fenced.Contains(name))
        {
            Assert.False(IsCreated, "who knows the older conversation passes on a message of the chosen one");
            return (null, Refusals.NotFound);
        }

        if (method == Methods.CancelMessage)
        {
            if (_done.TryGetValue(name, out var landed)) return (new MessageCancelled((LogEntry)landed.Answer), null);
            _fenced.Add(name);
            return (new MessageCancelled(null), null);
        }

        if (_fenced.Contains(name)) return (null, Refusals.Cancelled);
        if (_done.TryGetValue(name, out var earlier))
        {
            Assert.Equal(earlier.Bytes, json);
            return (earlier.Answer, null);
        }

        if (never) return (null, Refusals.PermissionDenied);
        if (method == Methods.MarkRead)
        {
            // Not remembered: a cursor means the same however often it is said.
            var read = ReadUpTo[conversation] = Math.Max(ReadUpTo.GetValueOrDefault(conversation), (long)request["upTo"]!);
            return (new ReceiptCursors(new Sequence(read), new Sequence(read)), null);
        }

        if (!Log.TryGetValue(conversation, out var log)) Log[conversation] = log = [];
        log.Add(name);
        object answer = method == Methods.AddBlocks ? new BlockList([Bob]) : new MessageSent(MessageId.New(), Alice, MessageContent.OfText(name)).Happened(conversation, log.Count);
        _done[name] = (json, answer);
        return (answer, null);
    }
}

/// <summary>A wire that keeps no promise: what is posted waits until somebody says what becomes of it.</summary>
internal sealed class KeptOutboxLink : Link
{
    public Queue<(string Method, string Json, Action<object?, Refusal?> Done)> Waiting { get; } = [];

    public bool IsOver { get; set; }

    public override void Post<TRequest, TAnswer>(Method<TRequest, TAnswer> method, TRequest request, Action<Answer<TAnswer>> done)
    {
        var call = (method.Name, JsonSerializer.Serialize(request, method.Request), (Action<object?, Refusal?>)((answer, refusal) => done(new Answer<TAnswer>((TAnswer?)answer, refusal))));
        if (IsOver) done(default);
        else Waiting.Enqueue(call);
    }

    public override Task<Answer<TAnswer>> AskAsync<TRequest, TAnswer>(Method<TRequest, TAnswer> method, TRequest request, CancellationToken cancel) => throw new NotSupportedException();

    public override void Abort() => IsOver = true;
}

/// <summary>A store whose process may die in any write: what was being written is there afterwards, or is not.</summary>
internal sealed class MortalStore(LocalStore inner, Func<bool> dies, Func<bool> isWritten) : LocalStore
{
    public bool IsDead { get; private set; }

    /// <summary>The places that were being forgotten when it died, and are.</summary>
    public IReadOnlyList<long> Forgotten { get; private set; } = [];

    public override ValueTask OpenAsync(CancellationToken cancel = default) => inner.OpenAsync(cancel);

    public override ValueTask<IReadOnlyList<LocalRecord>> ReadAsync(LocalRange range, CancellationToken cancel = default) => inner.ReadAsync(range, cancel);

    public override async ValueTask WriteAsync(IReadOnlyList<LocalChange> changes, CancellationToken cancel = default)
    {
        if (IsDead) await new TaskCompletionSource().Task;
        IsDead = dies();
        if (!IsDead || isWritten()) await inner.WriteAsync(changes, cancel);
        else changes = [];
        if (!IsDead) return;
        Forgotten = [.. changes.Where(change => change.Value is null).Select(change => change.Key.Number)];
        await new TaskCompletionSource().Task;
    }

    public override ValueTask DisposeAsync() => default;
}
