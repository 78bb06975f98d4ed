using System.Diagnostics;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary>Reads exactly some messages, which may be ahead of the cursor.</summary>
internal sealed class ReadMessagesItem(
    Database database, ConversationKey key, UserId user, IReadOnlyCollection<MessageId> messages, Origin origin, ReceiptAnnouncer announcer, TimeProvider clock) : JournalItem
{
    private Outcome<CursorRow> _outcome;
    private bool _moved;

    public override IEnumerable<ParticipationKey> Participations => [new(key, user)];

    public override IEnumerable<ActivityContext> Causes => [origin.Trace];

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        _moved = false;
        if (await CursorStore.FindAsync(session, key, user, cancel) is not { } row)
        {
            _outcome = Refusals.NotFound;
            return;
        }

        if (row.Refusal is { } refusal)
        {
            _outcome = refusal;
            return;
        }

        var read = await CursorStore.SequencesAsync(session, database, row, messages, cancel);
        if (read.Count < messages.Count)
        {
            _outcome = Refusals.InvalidParams.Because("$.messages: expected messages of others in this conversation");
            return;
        }

        var (readUpTo, ahead) = ReadAhead.Merge(row.ReadUpTo, row.ReadAhead, read);
        var at = row.LastAt > clock.Now() ? row.LastAt : clock.Now();
        var now = await CursorStore.AdvanceAsync(session, row.Read(readUpTo, ahead, at), at, cancel);
        _outcome = now;
        // Whoever reads something, and be it again, ends his mark.
        _moved = row.IsMarked || now.ReadUpTo != row.ReadUpTo || !now.ReadAhead.SequenceEqual(row.ReadAhead);
        if (!_moved) return;
        await CursorStore.StoreAsync(session, now, cancel);
        if (announcer.TellsSenders(key.App)) _outcome = now with { Senders = await CursorStore.SendersAsync(session, row, now, cancel) };
    }

    public override void Committed()
    {
        if (_outcome.Refusal is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var row = _outcome.Value!;
        try
        {
            // Before the answer, so that no older notification follows it.
            if (_moved || Writes > 1) announcer.Announce(row, origin.Subscriber);
        }
        finally
        {
            origin.Answer(row.Cursors, ProtocolJson.Lenient.ReceiptCursors);
        }
    }

    public override void Failed(StorageException failure) => origin.Refuse(failure.Refusal);
}
