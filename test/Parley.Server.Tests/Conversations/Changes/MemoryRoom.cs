using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Tests.Conversations;

/// <summary>A room in memory, with what tells those who are in it.</summary>
internal sealed class MemoryRoom : MemoryGround, IRoomGround, IAsyncDisposable
{
    private readonly ManualClock _clock = new();
    private readonly Subscriptions _subscriptions = new();
    private readonly Fanout _fanout;
    private readonly RoomAnnouncer _announcer;

    public MemoryRoom(IEnumerable<UserId> people)
        : base(people)
    {
        _fanout = new Fanout(_subscriptions, (_, _, _, _) => new ValueTask<IReadOnlyList<PublishedEntry>>([]), _clock, NullLogger<Fanout>.Instance);
        _announcer = new RoomAnnouncer(_fanout, _clock, NullLogger<RoomAnnouncer>.Instance);
    }

    public ValueTask DisposeAsync() => _announcer.DisposeAsync();

    public Task<RoomListener> ConnectAsync(UserId user, int number)
    {
        var listener = new RoomListener(new Caller(Key.App, user, new DeviceId($"{number}")));
        _subscriptions.Register(listener.Subscriber);
        _subscriptions.Follow(listener.Subscriber, IsIn(user) && MayRead(user) ? [Key.Conversation] : []);
        return Task.FromResult(listener);
    }

    public void Disconnect(RoomListener listener) => _subscriptions.Unregister(listener.Subscriber);

    public async Task<Outcome<RoomJoined>> EnterAsync(UserId user, ConversationId room, RoomListener? over)
    {
        if (MayEnter(user) is { } refusal) return refusal;
        var changed = Enter(user);
        if (MayRead(user)) _subscriptions.TryJoin(Key, [user], out _);
        if (changed) _announcer.Announce(Key, user, VisitStep.Enter, Count, over?.Subscriber);
        return new RoomJoined((await StateAsync(user, room)).Value!);
    }

    public Task<Outcome<RoomLeft>> ExitAsync(UserId user, ConversationId room, RoomListener? over)
    {
        if (MayExit(user) is { } refusal) return Task.FromResult<Outcome<RoomLeft>>(refusal);
        Exit(user);
        _announcer.TellLeaver(Key, user, Count, over?.Subscriber);
        _subscriptions.Leave(Key, [user]);
        _announcer.Announce(Key, user, VisitStep.Exit, Count);
        return Task.FromResult<Outcome<RoomLeft>>(new RoomLeft());
    }

    public void Pass(TimeSpan time) => _clock.Advance(time);

    private protected override void Tell(LogEntry entry, Decision decision)
    {
        var encoded = new EncodedEntry(Key, entry.Sequence, entry.At, JsonSerializer.SerializeToUtf8Bytes(entry.Event, ProtocolJson.Lenient.ConversationEvent));
        var published = PublishedEntries.Of(encoded, entry.Event);
        _fanout.Publish(published);
        if (decision is { ForgetsLeavers: true, Joining: < 0 } && published.Leaving is { } leaving)
            _announcer.PutOut(Key, [.. decision.Involved.Where(one => one.Standing == Standing.Joined).Select(one => one.User).Intersect(leaving)], Count);
    }
}
