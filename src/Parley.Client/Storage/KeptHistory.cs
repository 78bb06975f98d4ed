using System.Text;

namespace Parley.Client;

/// <summary>What a new client goes on from.</summary>
/// <param name="Epoch">Of which history; null where nothing was written to its end yet.</param>
/// <param name="Since">From where on the server tells what changed; null with <paramref name="Epoch"/>.</param>
/// <param name="Positions">Where each conversation is.</param>
/// <param name="Receipts">What was told of the own messages, where something was.</param>
/// <param name="Sent">Own messages that not everybody has read, in sequence.</param>
internal sealed record KeptHistory(
    Guid? Epoch, string? Since, IReadOnlyDictionary<ConversationId, KeptPosition> Positions,
    IReadOnlyDictionary<ConversationId, ReceiptMarks> Receipts, IReadOnlyDictionary<ConversationId, List<OwnMessage>> Sent)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="LocalStoreException">The store failed.</exception>
    public static async Task<KeptHistory> ReadAsync(LocalStore store)
    {
        var history = await store.ReadAsync(new LocalRange(KeptKind.History)).ConfigureAwait(false);
        var isWhole = true;
        var positions = new Dictionary<ConversationId, KeptPosition>();
        foreach (var record in await store.ReadAsync(new LocalRange(KeptKind.Position)).ConfigureAwait(false))
        {
            if (Of(record) is { } conversation && KeptPosition.Read(record.Value) is { } position) positions[conversation] = position;
            else isWhole = false;
        }

        var sent = new Dictionary<ConversationId, List<OwnMessage>>();
        foreach (var record in await store.ReadAsync(new LocalRange(KeptKind.Sent)).ConfigureAwait(false))
        {
            if (Of(record) is not { } conversation || !Guid.TryParse(Encoding.UTF8.GetString(record.Value.Span), out var message)) continue;
            if (!sent.TryGetValue(conversation, out var own)) sent[conversation] = own = [];
            own.Add(new OwnMessage(new MessageId(message), new Sequence(record.Key.Number)));
        }

        var receipts = new Dictionary<ConversationId, ReceiptMarks>();
        foreach (var record in await store.ReadAsync(new LocalRange(KeptKind.Receipts)).ConfigureAwait(false))
        {
            if (Of(record) is not { } conversation) continue;
            if (ReceiptMarks.Read(record.Value) is { } marks) receipts[conversation] = marks;
            // What was told is not known, and nothing is told twice.
            else sent.Remove(conversation);
        }

        // Without the place of one of them all are to be named again.
        if (!isWhole || history is not [var only] || KeptValue.Read(only.Value, json => Tuple.Create(json.GetProperty("epoch").GetGuid(), json.GetProperty("since").GetString()!)) is not { } from)
            return new KeptHistory(null, null, positions, receipts, sent);
        return new KeptHistory(from.Item1, from.Item2, positions, receipts, sent);
    }

    public static LocalChange Put(Guid epoch, string since) => new(new LocalKey(KeptKind.History, "", 0), KeptValue.Of(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("epoch", epoch);
        writer.WriteString("since", since);
        writer.WriteEndObject();
    }));

    public static LocalChange Put(ConversationId conversation, OwnMessage message) =>
        new(new LocalKey(KeptKind.Sent, KeptKind.ScopeOf(conversation), message.Sequence.Value), Encoding.UTF8.GetBytes($"{message.Message}"));

    private static ConversationId? Of(LocalRecord record) => Guid.TryParse(record.Key.Scope, out var id) ? new ConversationId(id) : null;
}
