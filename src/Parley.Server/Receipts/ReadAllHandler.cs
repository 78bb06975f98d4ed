using System.Diagnostics;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary><c>inbox.readAll</c>: one wish per conversation, as many at a time as one statement of the journal takes.</summary>
/// <remarks>What a page has read stays read, whatever becomes of the next: who asks again goes on where this ended.</remarks>
internal sealed class ReadAllHandler(CursorQueue cursors, Database database)
{
    public async Task HandleAsync(Caller caller, ReadAll command, Origin origin, CancellationToken cancel)
    {
        var (count, last) = (0, (ConversationId?)null);
        for (; ; )
        {
            var page = await UnreadAsync(caller.Key, last, cancel);
            if (await ReadAsync(caller.Key, page, origin.Trace) is { } refusal)
            {
                origin.Refuse(refusal);
                return;
            }

            count += page.Count;
            if (page.Count < CursorBatch.MaxRows) break;
            last = page[^1];
        }

        origin.Answer(new AllRead(count), ProtocolJson.Lenient.AllRead);
    }

    /// <summary>The next of his conversations with something that he has not read, or that he marked.</summary>
    private async Task<List<ConversationId>> UnreadAsync(UserKey user, ConversationId? after, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await session.QueryAsync($"""
            select p.conversation from participations p
            join conversations c on c.app = p.app and c.conversation = p.conversation
            where p.app = {user.App.Number} and p.user_id = {user.User.Value} {(after is { } last ? Sql.From($"and p.conversation > {last.Value}") : Sql.Nothing)}
                and {Visible.HasReceipts} and {Visible.Any} and c.deleted_at is null and (p.read_up_to < {Visible.Head} or p.unread_from is not null)
            order by p.conversation limit {CursorBatch.MaxRows}
            """, row => row.Conversation(0), cancel);
    }

    /// <summary>Why not all of them were read; null when they were. That one of them was left or deleted meanwhile is no reason.</summary>
    private async Task<Refusal?> ReadAsync(UserKey user, List<ConversationId> conversations, ActivityContext trace)
    {
        if (conversations.Count == 0) return null;
        var tally = new Tally(conversations.Count, trace);
        foreach (var conversation in conversations) cursors.Post(CursorMove.OfAll(new ConversationKey(user.App, conversation), user.User, tally));
        return await tally.Done;
    }

    /// <summary>The origin of many wishes. It is no connection: where each cursor is now, the asking one is told like the others.</summary>
    private sealed class Tally(int count, ActivityContext trace) : Origin
    {
        private readonly TaskCompletionSource<Refusal?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Refusal? _refusal;
        private int _left = count;

        public Task<Refusal?> Done => _done.Task;

        public override ActivityContext Trace => trace;

        public override void Answer(EncodedEntry entry) => Count();

        public override void Answer(ReadOnlyMemory<byte> json) => Count();

        public override void Refuse(Refusal refusal)
        {
            if (refusal.Retry != RetryPolicy.Never) _refusal = refusal;
            Count();
        }

        private void Count()
        {
            if (Interlocked.Decrement(ref _left) == 0) _done.SetResult(_refusal);
        }
    }
}
