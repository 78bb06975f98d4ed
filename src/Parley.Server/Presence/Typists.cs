using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Presence;

/// <summary>Who types where. In memory, and told to who receives the conversation at this moment.</summary>
/// <remarks>
/// Users are spread over shards, each with a lock under which a user's signals are told, so that they come in order. Whoever is shown as typing is looked
/// at once a second: that he stopped is told by himself, by the end of his connection, or by his silence.
/// </remarks>
internal sealed class Typists : IAsyncDisposable
{
    /// <summary>Conversations that one user types in at once. In more than this the one he typed in least lately is taken for stopped.</summary>
    public const int MaxConversations = 8;

    /// <summary>Users of one shard. Of more, nobody is told.</summary>
    public const int MaxUsers = 4_096;

    private const int ShardCount = 64;

    private readonly Shard[] _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new Shard())];
    private readonly Fanout _fanout;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly Deadlines<Writing> _looking;

    public Typists(Fanout fanout, TimeProvider clock, ILogger<Typists> logger)
    {
        (_fanout, _clock, _start) = (fanout, clock, clock.GetTimestamp());
        _looking = new Deadlines<Writing>(TimeSpan.FromSeconds(1), clock, Look, logger);
    }

    /// <summary>How many users are remembered.</summary>
    public int Count => _shards.Sum(shard => shard.Count);

    private TimeSpan Now => _clock.GetElapsedTime(_start);

    /// <summary>A user, who may send there, says what he does.</summary>
    /// <param name="key">Where.</param>
    /// <param name="user">He.</param>
    /// <param name="said">What he does.</param>
    /// <param name="from">The connection on which he says it; it is not told.</param>
    public void Hear(ConversationKey key, UserId user, TypingState said, Subscriber? from)
    {
        var shard = ShardOf(new UserKey(key.App, user));
        lock (shard.Gate)
        {
            var writings = shard.Of(new UserKey(key.App, user), said == TypingState.Stopped ? 0 : MaxUsers);
            if (writings is null) return;
            var writing = writings.Find(one => one.Key == key);
            if (writing is null)
            {
                if (said == TypingState.Stopped) return;
                if (writings.Count == MaxConversations) Drop(writings, writings.MinBy(one => one.Typed.Heard)!);
                writing = new Writing(key, user);
                writings.Add(writing);
                _looking.Add(writing);
            }

            (writing.Typed, var tell) = writing.Typed.Hear(said, Now);
            writing.From = from;
            if (tell) Tell(writing);
        }
    }

    /// <summary>A user has sent a message: for whoever gets it he has stopped, so nobody needs to be told.</summary>
    public void Sent(ConversationKey key, UserId user)
    {
        var shard = ShardOf(new UserKey(key.App, user));
        if (shard.Count == 0) return;
        lock (shard.Gate)
        {
            var writing = shard.Of(new UserKey(key.App, user), most: 0)?.Find(one => one.Key == key);
            if (writing is not null) writing.Typed = Typed.Nothing;
        }
    }

    /// <summary>A connection has ended: what its user typed there he types no more.</summary>
    public void Disconnected(Subscriber subscriber)
    {
        var shard = ShardOf(subscriber.User);
        if (shard.Count == 0) return;
        lock (shard.Gate)
        {
            foreach (var writing in shard.Of(subscriber.User, most: 0)?.Where(one => one.From == subscriber) ?? [])
            {
                Stop(writing);
                writing.From = null;
            }
        }
    }

    public ValueTask DisposeAsync() => _looking.DisposeAsync();

    private Shard ShardOf(UserKey user) => _shards[(uint)user.GetHashCode() % ShardCount];

    private void Look(Writing writing)
    {
        var user = new UserKey(writing.Key.App, writing.User);
        var shard = ShardOf(user);
        lock (shard.Gate)
        {
            if (shard.Of(user, most: 0) is not { } writings || !writings.Contains(writing)) return;
            if (writing.Typed.HasDecayed(Now)) Stop(writing);
            if (!writing.Typed.IsOver(Now))
            {
                _looking.Add(writing);
                return;
            }

            writings.Remove(writing);
            if (writings.Count == 0) shard.Forget(user);
        }
    }

    private void Drop(List<Writing> writings, Writing writing)
    {
        Stop(writing);
        writings.Remove(writing);
    }

    private void Stop(Writing writing)
    {
        (writing.Typed, var tell) = writing.Typed.Hear(TypingState.Stopped, Now);
        if (tell) Tell(writing);
    }

    private void Tell(Writing writing)
    {
        var changed = new TypingChanged(writing.Key.Conversation, writing.User, writing.Typed.State);
        _fanout.Relay(writing.Key, OriginAnswers.Notification(Methods.Typing, changed, ProtocolJson.Lenient.TypingChanged), writing.From);
    }

    /// <summary>A user in a conversation.</summary>
    private sealed class Writing(ConversationKey key, UserId user)
    {
        public ConversationKey Key => key;

        public UserId User => user;

        public Typed Typed { get; set; } = Typed.Nothing;

        /// <summary>The connection that said so last.</summary>
        public Subscriber? From { get; set; }
    }

    private sealed class Shard
    {
        private readonly Dictionary<UserKey, List<Writing>> _users = [];

        public Lock Gate { get; } = new();

        public int Count => _users.Count;

        /// <summary>Where a user types; of a new one null when there are as many already.</summary>
        public List<Writing>? Of(UserKey user, int most)
        {
            if (_users.TryGetValue(user, out var writings)) return writings;
            return _users.Count < most ? _users[user] = new List<Writing>(1) : null;
        }

        public void Forget(UserKey user) => _users.Remove(user);
    }
}
