using Parley.Storage;

namespace Parley.Receipts;

/// <summary>Gathers cursor moves so that many become one statement of the journal; at most one batch of them is under way.</summary>
internal sealed class CursorQueue(Journal journal, WriteAdmission admission, ReceiptAnnouncer announcer, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Queue<CursorMove> _waiting = new();
    private bool _underWay;

    /// <summary>Takes a move, or refuses it when too much waits; returns at once. Its origin is answered when it is durable.</summary>
    public void Post(CursorMove move)
    {
        Refusal? refusal;
        var idle = false;
        lock (_gate)
        {
            refusal = admission.Check(_waiting.Count);
            if (refusal is null)
            {
                _waiting.Enqueue(move);
                idle = !_underWay;
                _underWay = true;
            }
        }

        if (refusal is not null) move.Origin.Refuse(refusal);
        else if (idle) journal.Post(new CursorBatch(this, announcer, clock));
    }

    public IReadOnlyList<CursorMove> Take(int most)
    {
        lock (_gate)
        {
            var taken = new List<CursorMove>(Math.Min(most, _waiting.Count));
            while (taken.Count < most && _waiting.TryDequeue(out var move)) taken.Add(move);
            return taken;
        }
    }

    /// <summary>A batch is done; what came meanwhile makes the next one.</summary>
    public void Done()
    {
        lock (_gate)
        {
            _underWay = _waiting.Count > 0;
            if (!_underWay) return;
        }

        journal.Post(new CursorBatch(this, announcer, clock));
    }
}
