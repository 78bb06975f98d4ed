using Microsoft.Extensions.Logging;

namespace Parley.Client;

/// <content>Following everybody the user shares conversations with.</content>
/// <remarks>
/// One pass at a time goes from what the server was asked to what it should be asked, a request after the other, each chosen by what is known then; so whatever
/// happens meanwhile is the next step. Whom the program subscribed to goes first: who is followed makes room.
/// </remarks>
public sealed partial class Presence
{
    private readonly Acquaintances? _acquaintances;
    private readonly Pace _pace;

    /// <summary>Who is followed and not subscribed to by the program. Who is let into this place keeps it as long as he is an acquaintance and there is room.</summary>
    private readonly HashSet<UserId> _followed = [];

    /// <summary>Those of them the server was asked for since the last renewal began.</summary>
    private readonly HashSet<UserId> _asked = [];

    /// <summary>Whom the user is subscribed to on whichever device, if the server refused more since the last renewal began: they take no room.</summary>
    private HashSet<UserId>? _taken;

    /// <summary>Subscriptions of the user's other devices that this one has not, as far as it knows.</summary>
    private int _elsewhere;
    private PresenceCoverage _coverage;
    private bool _isPassing;
    private bool _isDue;
    private bool _saidNearestOnly;

    /// <summary>How many are followed because the user shares conversations with them; null when <see cref="ParleyClientOptions.FollowPresence"/> does not say so.</summary>
    public PresenceFollowing? Following
    {
        get
        {
            lock (_gate) return _acquaintances is null ? null : new PresenceFollowing(_asked.Count, _coverage);
        }
    }

    /// <summary>How many may be followed.</summary>
    private int Room => Math.Max(0, SubscribePresence.MaxSubscriptions - _wanted.Count - _elsewhere);

    private bool IsTakenKnown
    {
        get
        {
            lock (_gate) return _taken is not null;
        }
    }

    /// <summary>Something happened by which others may be followed. Called under the follower's lock.</summary>
    internal void Hear(Happening happening)
    {
        if (_acquaintances is null || _client.Session?.User is not { } me) return;
        lock (_gate)
        {
            if (_acquaintances.Hear(happening, me)) Follow();
        }
    }

    /// <summary>Has the next step looked for, by the pass that is under way or by a new one. Called under the lock.</summary>
    private void Follow()
    {
        if (_acquaintances is not { IsListed: true }) return;
        (_isDue, _coverage) = (true, PresenceCoverage.Asking);
        if (_isPassing) return;
        _isPassing = true;
        _ = Task.Run(PassAsync);
    }

    private async Task PassAsync()
    {
        try
        {
            while (NextStep() is { } step)
            {
                await _pace.TurnAsync().ConfigureAwait(false);
                await step().ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is ParleyException or ObjectDisposedException)
        {
            // The next session, the next renewal, or the next who comes or goes asks again.
            Log.NotFollowed(_logger, error);
            lock (_gate)
            {
                _isPassing = false;
                if (_isDue && error is not ObjectDisposedException) Follow();
            }
        }
    }

    /// <summary>The next request; null when there is nothing to ask.</summary>
    private Func<Task>? NextStep()
    {
        lock (_gate)
        {
            _isDue = false;
            if (_acquaintances is not { IsListed: true } || _client.Session?.User is not { } me)
            {
                _isPassing = false;
                return null;
            }

            UserId[] all = [.. _acquaintances.NearestFirst(me).Where(user => !_wanted.Contains(user))];
            if (_acquaintances.ToRead(GetConversations.MaxConversations, fresh: all.Length < Room) is { Length: > 0 } unread) return () => ReadAsync(unread);

            var chosen = Choose(all);
            if (Release(chosen, GetPresence.MaxUsers) is { Length: > 0 } gone) return () => AskToEndAsync(gone, CancellationToken.None);
            var round = _round;
            UserId[] fresh = [.. chosen.Where(user => !_asked.Contains(user)).Take(GetPresence.MaxUsers)];
            if (fresh.Length > 0)
            {
                _followed.UnionWith(fresh);
                return () => FollowAsync(fresh, round);
            }

            _isPassing = false;
            _coverage = all.Length <= Room && !_acquaintances.HasUnread ? PresenceCoverage.Everybody : PresenceCoverage.NearestOnly;
            if (_coverage == PresenceCoverage.NearestOnly && !_saidNearestOnly) Log.NearestOnly(_logger, _asked.Count);
            _saidNearestOnly = _coverage == PresenceCoverage.NearestOnly;
            return null;
        }
    }

    /// <summary>Those who are to be followed, of all who may be: who is followed stays, and the nearest of the others fill what is free.</summary>
    private UserId[] Choose(UserId[] all)
    {
        var room = Room;
        if (all.Length <= room) return all;
        UserId[] stay = [.. all.Where(user => _followed.Contains(user) || _taken?.Contains(user) is true).Take(room)];
        return [.. stay, .. all.Except(stay).Take(room - stay.Length)];
    }

    /// <summary>Takes out who is followed and not to be; whom the server is to be asked not to tell of any more.</summary>
    private UserId[] Release(UserId[] chosen, int most)
    {
        var stay = chosen.ToHashSet();
        UserId[] gone = [.. _followed.Where(user => !stay.Contains(user)).Take(most)];
        Unfollow(gone);
        return gone;
    }

    private void Unfollow(UserId[] gone)
    {
        _followed.ExceptWith(gone);
        _asked.ExceptWith(gone);
        foreach (var user in gone)
        {
            if (!_wanted.Contains(user)) _known.Remove(user);
        }
    }

    private async Task ReadAsync(ConversationId[] unread)
    {
        var answer = await _requests.AskAsync(Wire.GetConversations, new GetConversations(unread), CancellationToken.None).ConfigureAwait(false);
        lock (_gate) _acquaintances!.Learn(unread, answer.Conversations);
    }

    private async Task FollowAsync(UserId[] fresh, int round)
    {
        try
        {
            await AskAsync(fresh, CancellationToken.None).ConfigureAwait(false);
            UserId[] released;
            lock (_gate)
            {
                // After a renewal began everybody is asked for again.
                if (round == _round) _asked.UnionWith(fresh.Where(_followed.Contains));
                released = [.. fresh.Where(user => !_followed.Contains(user) && !_wanted.Contains(user))];
            }

            // Who made room while he was asked for: the server may have heard it in the other order.
            if (released.Length > 0) await AskToEndAsync(released, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ParleyRefusedException refused) when (refused.Refusal == Refusals.TooLarge && !IsTakenKnown)
        {
            lock (_gate) Unfollow(fresh);
            await FindTakenAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The user has as many subscriptions as he may, of other devices or of this one before it started anew: finds out which.</summary>
    private async Task FindTakenAsync()
    {
        var taken = new HashSet<UserId>();
        UserId? after = null;
        bool isMore;
        do
        {
            await _pace.TurnAsync().ConfigureAwait(false);
            var page = await _requests.AskAsync(Wire.ListPresenceSubscriptions, new ListPresenceSubscriptions(after), CancellationToken.None).ConfigureAwait(false);
            taken.UnionWith(page.Subscriptions.Select(one => one.User));
            (after, isMore) = (page.Subscriptions is [.., var last] ? last.User : after, page.More);
        }
        while (isMore);

        lock (_gate)
        {
            _taken = taken;
            if (_client.Session?.User is { } me) _elsewhere = taken.Except(_acquaintances!.NearestFirst(me)).Count(user => !_wanted.Contains(user));
        }
    }

    /// <summary>The program wants to be told of more: takes the room it needs from those who are only followed.</summary>
    private async Task MakeRoomAsync(CancellationToken cancel)
    {
        UserId[] gone;
        lock (_gate)
        {
            if (_acquaintances is null || _client.Session?.User is not { } me || _followed.Count <= Room) return;
            UserId[] all = [.. _acquaintances.NearestFirst(me).Where(user => !_wanted.Contains(user))];
            gone = Release(Choose(all), int.MaxValue);
        }

        foreach (var some in gone.Chunk(GetPresence.MaxUsers)) await AskToEndAsync(some, cancel).ConfigureAwait(false);
    }

    /// <summary>Another device ended subscriptions. They are made again; but where the user has as many as he may, that device needs the room of who is only followed.</summary>
    private void Ended(IReadOnlyList<UserId> users)
    {
        UserId[] wanted;
        int round;
        lock (_gate)
        {
            (wanted, round) = ([.. users.Where(_wanted.Contains)], _round);
            UserId[] followed = [.. users.Where(_followed.Contains)];
            _asked.ExceptWith(followed);
            if (_followed.Count >= Room)
            {
                Unfollow(followed);
                _elsewhere += followed.Length;
            }

            if (followed.Length > 0) Follow();
        }

        if (wanted.Length > 0) _ = RenewAsync(wanted, round);
    }

    /// <summary>Takes back what the program wanted; whom of them the server need not tell of any more, for acquaintances are followed on.</summary>
    private UserId[] Yield(UserId[] users)
    {
        lock (_gate)
        {
            if (_acquaintances is not null && _client.Session?.User is { } me)
            {
                UserId[] stay = [.. _acquaintances.NearestFirst(me).Intersect(users).Where(_wanted.Remove)];
                _followed.UnionWith(stay);
                _asked.UnionWith(stay);
            }

            UserId[] gone = [.. users.Where(user => !_followed.Contains(user))];
            Forget(gone);
            return gone;
        }
    }

    private Task<PresenceUnsubscribed> AskToEndAsync(UserId[] users, CancellationToken cancel) =>
        _requests.AskAsync(Wire.UnsubscribePresence, new UnsubscribePresence(users), cancel);
}
