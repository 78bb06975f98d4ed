using System.Text.Json;

namespace Parley.Client;

/// <summary>Pieces of a log as they are kept.</summary>
internal static class KeptPieces
{
    public static Piece Of(LogEntry entry) => new(entry.Sequence, entry.Sequence, Kept(entry), null);

    public static Piece Of(SkippedRange range) => new(range.From, range.To, null, range);

    /// <summary>Those of a page, in sequence.</summary>
    public static List<Piece> Of(EntriesPage page) => [.. page.Entries.Select(Of).Concat((page.Skipped ?? []).Select(Of)).OrderBy(piece => piece.From)];

    public static LocalKey KeyOf(ConversationId conversation, Sequence to) => new(KeptKind.Entry, KeptKind.ScopeOf(conversation), to.Value);

    public static LocalChange Put(ConversationId conversation, Piece piece) => new(
        KeyOf(conversation, piece.To),
        piece.Entry is { } entry ? KeptValue.Of(entry, ProtocolJson.Lenient.LogEntry) : KeptValue.Of(piece.Skipped! with { From = piece.From, To = piece.To }, ProtocolJson.Lenient.SkippedRange));

    /// <summary>Null where it cannot be read.</summary>
    public static Piece? Read(LocalRecord record) => KeptValue.Read(record.Value, json => json.TryGetProperty("why", out _)
        ? json.Deserialize(ProtocolJson.Lenient.SkippedRange) is { } range ? Tuple.Create(Of(range)) : null
        : json.Deserialize(ProtocolJson.Lenient.LogEntry) is { } entry ? Tuple.Create(Of(entry)) : null)?.Item1;

    /// <summary>A page of them; placeholders side by side that say the same are one, as the server has them.</summary>
    public static EntriesPage ToPage(ConversationId conversation, IReadOnlyList<Piece> pieces, Sequence head, Sequence tail, bool more)
    {
        var skipped = new List<SkippedRange>();
        foreach (var piece in pieces)
        {
            if (piece.Skipped is not { Why: var why }) continue;
            if (skipped.Count > 0 && skipped[^1] is var last && last.Why == why && last.To.Next == piece.From) skipped[^1] = last with { To = piece.To };
            else skipped.Add(new SkippedRange(piece.From, piece.To, why));
        }

        return new EntriesPage(conversation, [.. pieces.Where(piece => piece.Entry is not null).Select(piece => piece.Entry!)], skipped.Count == 0 ? null : skipped, head, tail, more);
    }

    /// <summary>With an edit or a recall of it: of versions the higher counts, and a recall more than any.</summary>
    public static LogEntry With(this LogEntry message, LogEntry change) => (message.Event, change.Event) switch
    {
        (MessageSent sent, MessageRecalled) => message with { Event = sent with { Content = MessageContent.None, Forwarded = null, Version = 0, EditedAt = null, Recalled = true } },
        (MessageSent { Recalled: false } sent, MessageEdited { Content: { } content } edited) when edited.Version > sent.Version =>
            message with { Event = sent with { Content = content, Version = edited.Version, EditedAt = change.At } },
        _ => message,
    };

    /// <summary>What an edit says is said by the message, and nowhere else: so a recall leaves nothing behind.</summary>
    private static LogEntry Kept(LogEntry entry) => entry.Event is MessageEdited { Content: not null } edited ? entry with { Event = edited with { Content = null } } : entry;
}
