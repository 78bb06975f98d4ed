using System.Diagnostics;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.People;

/// <summary>What a change to people did: the answer, and whom it is told.</summary>
/// <param name="Answer">As JSON.</param>
internal sealed record PeopleChanged(ReadOnlyMemory<byte> Answer)
{
    /// <summary>What goes to whom, but for the connection that asked.</summary>
    public IReadOnlyList<PersonalSignal> Signals { get; init; } = [];

    /// <summary>The user whose profile others see otherwise now, and what tells it; null when it is as it was.</summary>
    public PersonalSignal? Shown { get; init; }

    /// <summary>Conversations whose rules are others than they were.</summary>
    public IReadOnlyList<ConversationKey> Stale { get; init; } = [];

    /// <summary>Whose standing is another than it was.</summary>
    public UserKey? Judged { get; init; }

    /// <summary>Who blocks whom now, or no longer.</summary>
    public IReadOnlyList<(UserKey Blocker, UserKey Blocked, bool IsBlocked)> Blocks { get; init; } = [];

    /// <summary>Whose sessions end.</summary>
    public UserKey? Ends { get; init; }

    /// <summary>Of whom nothing is to be remembered.</summary>
    public UserKey? Erased { get; init; }
}

/// <summary>A notification for a user's own connections.</summary>
internal readonly record struct PersonalSignal(UserKey To, ReadOnlyMemory<byte> Notification);

/// <summary>Writes a change; safe to run again.</summary>
internal delegate ValueTask<Outcome<PeopleChanged>> ChangePeople(Session session, CancellationToken cancel);

/// <summary>A change to people, in a transaction of its own: it locks conversations first, then makes rows, which nobody can lock, then locks users.</summary>
/// <param name="origin">Who is answered.</param>
/// <param name="change">What is written.</param>
/// <param name="changed">Called before the answer: what this node keeps in memory must not contradict it.</param>
/// <param name="tell">Called after the answer, with what was news.</param>
/// <param name="done">Called at the very end, whatever came of it.</param>
internal sealed class PeopleItem(Origin origin, ChangePeople change, Action<PeopleChanged> changed, Action<PeopleChanged> tell, Action done) : JournalItem
{
    private Outcome<PeopleChanged> _outcome;

    public override JournalLane Lane => JournalLane.Alone;

    public override IEnumerable<ActivityContext> Causes => [origin.Trace];

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        var before = _outcome.Value;
        _outcome = await change(session, cancel);
        // Run again after an unknown commit, it finds its own work done, of which nobody was told.
        if (before is not null && _outcome.Value is { Signals.Count: 0 } again)
            _outcome = again with { Signals = before.Signals, Shown = before.Shown, Stale = before.Stale, Judged = before.Judged, Blocks = before.Blocks, Ends = again.Ends ?? before.Ends };
    }

    public override void Committed()
    {
        try
        {
            if (_outcome.Value is not { } news)
            {
                origin.Refuse(_outcome.Refusal!);
                return;
            }

            changed(news);
            origin.Answer(news.Answer);
            tell(news);
        }
        finally
        {
            done();
        }
    }

    public override void Failed(StorageException failure)
    {
        try
        {
            origin.Refuse(failure.Refusal);
        }
        finally
        {
            done();
        }
    }
}
