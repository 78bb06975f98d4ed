using System.Text.Json;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.People;
using Parley.Storage;

namespace Parley.Inbox;

/// <summary><c>inbox.changes</c>, and the changes in the answer to <c>session.open</c>.</summary>
internal sealed class ReadChangesHandler(InboxStore store, PeopleReader people, PageTokens tokens)
{
    /// <summary>The most conversations of a page.</summary>
    public const int MaxChanges = 500;

    /// <summary>The most that a change takes without flags, and what flags take without the draft. The most of a page, without flags, stay below 128 KiB.</summary>
    private const int ChangeBytes = 220, FlagsBytes = 150;

    /// <summary>Of how many conversations drafts are read at once: few of the longest fill a page.</summary>
    private const int DraftsAtOnce = 50;

    public async Task HandleAsync(Caller caller, ReadChanges query, Origin origin, CancellationToken cancel)
    {
        var outcome = await ReadAsync(caller.Key, query.Since, cancel);
        if (outcome.Value is { } changes) origin.Answer(changes, ProtocolJson.Lenient.InboxChanges);
        else origin.Refuse(outcome.Refusal!);
    }

    /// <summary>A page of what changed since; from the beginning when there is no token.</summary>
    public async Task<Outcome<InboxChanges>> ReadAsync(UserKey user, string? since, CancellationToken cancel)
    {
        var feed = new InboxStore.Feed(0, long.MinValue, default);
        var continued = 0L;
        if (since is not null)
        {
            if (tokens.ReadChanges(user, since) is not { } numbers) return PageTokens.NoChanges;
            feed = new InboxStore.Feed(numbers[0], numbers[1], GuidOf(numbers[2], numbers[3]));
            continued = numbers[4];
        }

        var (rows, horizon) = await store.ChangesAsync(user, feed, MaxChanges + 1, cancel);
        // The first page's horizon holds for all pages: the next feed starts where this one's reads may have been blind.
        var next = continued == 0 ? horizon : continued;
        var page = await FittingAsync(user, rows, cancel);
        var more = rows.Count > page.Count;
        var (high, low) = more ? Halves(page[^1].Conversation.Value) : (0, 0);
        var token = more
            ? tokens.MakeChanges(user, feed.From, (rows[page.Count - 1].Number, high, low, next))
            : tokens.MakeChanges(user, next, (long.MinValue, 0, 0, 0));
        var lists = continued == 0 ? await people.ChangedListsAsync(user, feed.From, cancel) : null;
        return new InboxChanges(page, token, more, lists);
    }

    /// <summary>What a page holds of these, with his drafts: at least one. A draft that is newer than the rest is told again, with its change.</summary>
    private async ValueTask<List<ConversationChange>> FittingAsync(UserKey user, List<InboxStore.Changed> rows, CancellationToken cancel)
    {
        var (page, bytes) = (new List<ConversationChange>(), 0);
        foreach (var some in rows.Take(MaxChanges).Chunk(DraftsAtOnce))
        {
            ConversationId[] drafted = [.. some.Where(row => row.HasDraft).Select(row => row.Change.Conversation)];
            var drafts = drafted.Length == 0 ? [] : await store.DraftsAsync(user, drafted, cancel);
            foreach (var (change, _, _) in some)
            {
                var whole = drafts.TryGetValue(change.Conversation, out var draft) ? change with { Flags = (change.Flags ?? new InboxFlags()) with { Draft = draft } } : change;
                // A control character takes six bytes in JSON.
                bytes += ChangeBytes + (whole.Flags is null ? 0 : FlagsBytes + 6 * (draft?.Length ?? 0));
                if (bytes > OutboundBounds.MaxEntriesBytes && page.Count > 0) return page;
                page.Add(whole);
            }
        }

        return page;
    }

    internal static (long High, long Low) Halves(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return (System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes), System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes[8..]));
    }

    internal static Guid GuidOf(long high, long low)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, high);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes[8..], low);
        return new Guid(bytes, bigEndian: true);
    }
}

/// <summary><c>inbox.list</c>.</summary>
internal sealed class ListInboxHandler(InboxStore store, PageTokens tokens)
{
    private const string List = "inbox.list";
    private const int DefaultLimit = 50;

    /// <summary>About what an item takes without its last message.</summary>
    private const int ItemBytes = 600;

    public async Task HandleAsync(Caller caller, ListInbox query, Origin origin, CancellationToken cancel)
    {
        var limit = query.Limit ?? DefaultLimit;
        var from = (At: long.MaxValue, Conversation: Guid.Empty);
        if (limit is < 1 or > ListInbox.MaxLimit)
        {
            origin.Refuse(Refusals.InvalidParams.Because($"$.limit: expected 1 to {ListInbox.MaxLimit}"));
            return;
        }

        if (query.Next is not null)
        {
            if (tokens.Read(List, caller.Key, query.Next, 3) is not { } numbers)
            {
                origin.Refuse(Refusals.InvalidParams.Because("$.next: not a token of this list and user"));
                return;
            }

            from = (numbers[0], ReadChangesHandler.GuidOf(numbers[1], numbers[2]));
        }

        var rows = await store.ListAsync(caller.Key, query, from, limit + 1, cancel);
        string? next = null;
        var fitting = Math.Min(limit, ByteBudget.Fitting(rows.Select(row => ItemBytes + (row.LastMessage?.Length ?? 0) + 6 * (row.Item.Flags?.Draft?.Length ?? 0))));
        if (rows.Count > fitting)
        {
            rows.RemoveRange(fitting, rows.Count - fitting);
            var (high, low) = ReadChangesHandler.Halves(rows[^1].Item.Conversation.Value);
            next = tokens.Make(List, caller.Key, rows[^1].Item.LastActivity.ToUnixTimeMilliseconds(), high, low);
        }

        var items = rows.Select(row => row.LastMessage is { } last
            ? row.Item with { LastMessage = JsonSerializer.Deserialize(last.Json.Span, ProtocolJson.Lenient.LogEntry) }
            : row.Item);
        origin.Answer(new InboxPage([.. items], next), ProtocolJson.Lenient.InboxPage);
    }
}

/// <summary><c>inbox.unread</c>.</summary>
internal sealed class CountUnreadHandler(InboxStore store)
{
    public async Task HandleAsync(Caller caller, CountUnread query, Origin origin, CancellationToken cancel)
    {
        var (unread, mentions) = await store.CountUnreadAsync(caller.Key, UnreadTotal.MaxExact + 1, cancel);
        var total = new UnreadTotal(
            Math.Min(unread, UnreadTotal.MaxExact), unread > UnreadTotal.MaxExact, Math.Min(mentions, UnreadTotal.MaxExact), mentions > UnreadTotal.MaxExact);
        origin.Answer(total, ProtocolJson.Lenient.UnreadTotal);
    }
}
