using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>How people can be reached: saying it of oneself, asking it of others, and being told when it changes.</summary>
/// <remarks>
/// Subscriptions are the program's wish: the client makes them again after each reconnect and before they end, and what changed meanwhile is told
/// then. What is told may be a second old, and a change that a slow connection never heard of is made up for at the next renewal. What the server will not do throws <see cref="ParleyRefusedException"/>; what got no answer in time throws <see cref="ParleyConnectionException"/>, and may have been done.
/// </remarks>
public sealed partial class Presence : IDisposable
{
    /// <summary>How long the server is asked to tell; it is asked again when half of it has passed.</summary>
    internal static readonly TimeSpan SubscribedFor = TimeSpan.FromHours(1);

    private readonly ParleyClient _client;
    private readonly Requests _requests;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly HashSet<UserId> _wanted = [];
    private readonly Dictionary<UserId, PresenceState> _known = [];
    private readonly ITimer _renewal;
    private SetPresence? _choice;
    private int _round;

    internal Presence(ParleyClient client, Requests requests, Pace pace)
    {
        (_client, _requests, _pace, _choice) = (client, requests, pace, client.Options.Presence);
        if (client.Options.FollowPresence) _acquaintances = new Acquaintances();
        _logger = (ILogger?)client.Options.LoggerFactory?.CreateLogger<Presence>() ?? NullLogger.Instance;
        var every = SubscribedFor / 2;
        _renewal = client.Options.TimeProvider.CreateTimer(_ => Renew(), null, every, every);
    }

    /// <summary>Somebody subscribed to or followed can be reached otherwise than before, or the own user says something else of himself. Raised in order, like every event of the client.</summary>
    public event EventHandler<PresenceChangedEventArgs>? Changed;

    /// <summary>What the user chose last, as far as this client knows. It is what a new session tells a server that has forgotten.</summary>
    internal SetPresence? Choice
    {
        get
        {
            lock (_gate) return _choice;
        }
    }

    /// <summary>How somebody can be reached, as this client was told last; null for who is neither subscribed to nor followed. Of the own user, once anything was said of him.</summary>
    public PresenceState? Of(UserId user)
    {
        lock (_gate) return _known.GetValueOrDefault(user);
    }

    /// <summary>Chooses how the user is shown, on all his devices, until he chooses again.</summary>
    /// <param name="status">Online, away, busy or invisible; null lets his devices decide.</param>
    /// <param name="text">What others read beside it, up to <see cref="SetPresence.MaxTextBytes"/>; null for nothing.</param>
    /// <param name="cancel">Stops asking; it may have been done.</param>
    /// <returns>The own user, as his own devices see him.</returns>
    /// <exception cref="ParleyRefusedException">The status cannot be chosen, or the text is too long.</exception>
    public Task<PresenceState> SetAsync(PresenceStatus? status, string? text = null, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.SetPresence, new SetPresence(status, text), cancel, Told);

    /// <summary>Says whether somebody is at this device: <see cref="PresenceStatus.Online"/> or <see cref="PresenceStatus.Away"/>. After a reconnect it counts as online again.</summary>
    /// <returns>The own user, as his own devices see him.</returns>
    public Task<PresenceState> SetDeviceAsync(PresenceStatus status, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.SetDevicePresence, new SetDevicePresence(status), cancel, Told);

    /// <summary>How users can be reached now, without being told of changes.</summary>
    /// <returns>Each of them, in this order; one named twice once.</returns>
    public async Task<IReadOnlyList<PresenceState>> GetAsync(IReadOnlyCollection<UserId> users, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(users);
        var states = new List<PresenceState>();
        foreach (var some in users.Distinct().Chunk(GetPresence.MaxUsers))
            states.AddRange((await _requests.AskAsync(Wire.GetPresence, new GetPresence(some), cancel).ConfigureAwait(false)).Users);
        return states;
    }

    /// <summary>Has <see cref="Changed"/> tell of users, until <see cref="UnsubscribeAsync"/>. They are not told. Harmless when done already.</summary>
    /// <returns>How they can be reached now, in this order; one named twice once.</returns>
    /// <exception cref="ParleyRefusedException">The user would have more than <see cref="SubscribePresence.MaxSubscriptions"/>, his other devices' among them.</exception>
    public async Task<IReadOnlyList<PresenceState>> SubscribeAsync(IReadOnlyCollection<UserId> users, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(users);
        var states = new List<PresenceState>();
        foreach (var some in users.Distinct().Chunk(GetPresence.MaxUsers))
        {
            UserId[] added;
            lock (_gate)
            {
                added = [.. some.Where(_wanted.Add)];
                _followed.ExceptWith(added);
                _asked.ExceptWith(added);
            }

            try
            {
                await MakeRoomAsync(cancel).ConfigureAwait(false);
                states.AddRange((await AskAsync(some, cancel).ConfigureAwait(false)).Users);
            }
            catch (ParleyRefusedException)
            {
                lock (_gate)
                {
                    Forget(added);
                    Follow();
                }

                throw;
            }
        }

        return states;
    }

    /// <summary>Has nothing more told of users. Harmless for those not subscribed to. Another device of the user that wants to be told goes on being told, and whom the client follows by itself it follows on.</summary>
    public async Task UnsubscribeAsync(IReadOnlyCollection<UserId> users, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(users);
        foreach (var some in users.Distinct().Chunk(GetPresence.MaxUsers))
        {
            var gone = Yield(some);
            if (gone.Length > 0) await AskToEndAsync(gone, cancel).ConfigureAwait(false);
        }

        // They leave room for others.
        lock (_gate) Follow();
    }

    /// <summary>Renews nothing any more. The client does this when it is disposed.</summary>
    public void Dispose() => _renewal.Dispose();

    /// <summary>The session is open: what was wanted before is asked for again.</summary>
    internal void Opened() => Renew();

    /// <summary>Says on this link whether somebody is at this device, and never again: a new session is told anew.</summary>
    internal void SayDevice(Link link, PresenceStatus status) => link.Post(Wire.SetDevicePresence, new SetDevicePresence(status), answer =>
    {
        if (answer.Value is { } own) Told(own);
    });

    /// <summary>A notification came; false when it is none of presence.</summary>
    internal bool Notified(Incoming notification)
    {
        switch (notification.Method)
        {
            case Methods.Presence:
                if (Read(notification, ProtocolJson.Lenient.PresenceState) is { } state) Told(state);
                return true;
            case Methods.PresenceUnsubscribed:
                // Another device does not want it any more. This one may.
                if (Read(notification, ProtocolJson.Lenient.PresenceSubscriptionsEnded) is { } ended) Ended(ended.Users);
                return true;
            default:
                return notification.Method == Methods.PresenceSubscribed;
        }
    }

    internal void Tell(PresenceState state) => _client.Call(Changed, this, nameof(Changed), new PresenceChangedEventArgs(state, state.User == _client.Session?.User));

    /// <summary>Keeps what the server said of somebody the program wants to know of, and lets it be told if it is news.</summary>
    private void Told(PresenceState state)
    {
        lock (_gate)
        {
            var own = state.User == _client.Session?.User;
            if (!own && !_wanted.Contains(state.User) && !_followed.Contains(state.User)) return;
            if (own) _choice = new SetPresence(state.Chosen is true ? state.Status : null, state.Text);
            if (_known.TryGetValue(state.User, out var before) && before == state) return;
            _known[state.User] = state;
            _client.Happened(new Happening.Reached(state));
        }
    }

    private void Forget(IEnumerable<UserId> users)
    {
        lock (_gate)
        {
            foreach (var user in users)
            {
                if (_wanted.Remove(user) && user != _client.Session?.User) _known.Remove(user);
            }
        }
    }

    private Task<PresenceSubscribed> AskAsync(UserId[] users, CancellationToken cancel) =>
        _requests.AskAsync(Wire.SubscribePresence, new SubscribePresence(users, (int)SubscribedFor.TotalSeconds), cancel, subscribed =>
        {
            foreach (var state in subscribed.Users) Told(state);
        });

    private void Renew()
    {
        UserId[] wanted;
        int round;
        lock (_gate)
        {
            round = ++_round;
            _asked.Clear();
            (_taken, _elsewhere) = (null, 0);
            Follow();
            if (_wanted.Count == 0) return;
            wanted = [.. _wanted];
        }

        _ = RenewAsync(wanted, round);
    }

    private async Task RenewAsync(UserId[] wanted, int round)
    {
        try
        {
            foreach (var some in wanted.Chunk(GetPresence.MaxUsers))
            {
                lock (_gate)
                {
                    // A newer round asks for everybody anyway.
                    if (round != _round) return;
                }

                await AskAsync(some, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is ParleyException or ObjectDisposedException)
        {
            // The next session, or the next renewal, asks again.
            Log.NotRenewed(_logger, error);
        }
    }

    private T? Read<T>(Incoming notification, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(notification.Body.Span, type);
        }
        catch (JsonException error)
        {
            Log.Unreadable(_logger, notification.Method, error);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Information, "Subscriptions to presence were not renewed.")]
        public static partial void NotRenewed(ILogger logger, Exception error);

        [LoggerMessage(32, LogLevel.Information, "Not everybody whom the user shares conversations with could be followed; it is tried again later.")]
        public static partial void NotFollowed(ILogger logger, Exception error);

        [LoggerMessage(33, LogLevel.Warning, "Only {Users} of those whom the user shares conversations with are followed: he has as many subscriptions as he may.")]
        public static partial void NearestOnly(ILogger logger, int users);

        [LoggerMessage(31, LogLevel.Warning, "A notification ({Method}) could not be read and was passed over.")]
        public static partial void Unreadable(ILogger logger, string method, Exception error);
    }
}
