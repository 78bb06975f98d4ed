using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary><c>room.join</c> and <c>room.leave</c>.</summary>
internal sealed class RoomHandler(ConversationLog log, ConversationReader reader, Subscriptions subscriptions, RoomAnnouncer announcer, RoomPresence presence)
{
    public void Handle(Caller caller, JoinRoom command, Origin origin) => Record(caller, command.Conversation, VisitStep.Enter, origin, Entered);

    public void Handle(Caller caller, LeaveRoom command, Origin origin) => Record(caller, command.Conversation, VisitStep.Exit, origin, (visit, count) =>
    {
        Left(visit, count);
        visit.Origin.Answer(new RoomLeft(), ProtocolJson.Lenient.RoomLeft);
    });

    /// <summary>Takes somebody out who was away for too long.</summary>
    public void Expire(UserKey user, ConversationId room) =>
        log.Record(new Visit(new ConversationKey(user.App, room), user.User, VisitStep.Expire, new ExpiryOrigin(presence, user, room), Left));

    private void Record(Caller caller, ConversationId room, VisitStep step, Origin origin, Action<Visit, int> done) =>
        log.Record(new Visit(new ConversationKey(caller.App, room), caller.User, step, origin, done));

    /// <summary>He receives from here on; what he reads now is not older, so nothing falls between.</summary>
    private void Entered(Visit visit, int count)
    {
        if (visit.MayRead) subscriptions.TryJoin(visit.Key, [visit.Actor], out _);
        presence.Entered(new UserKey(visit.Key.App, visit.Actor), visit.Key.Conversation);
        // In the walk and not after his answer: answers overtake each other, and the last that is told must be how many are there.
        if (visit.Changed) announcer.Announce(visit.Key, visit.Actor, VisitStep.Enter, count, visit.Origin.Subscriber);
        _ = AnswerAsync(visit);
    }

    private void Left(Visit visit, int count)
    {
        // Before he receives nothing of it any more, and not with those that are told later.
        if (visit.Changed) announcer.TellLeaver(visit.Key, visit.Actor, count, visit.Origin.Subscriber);
        subscriptions.Leave(visit.Key, [visit.Actor]);
        presence.Left(new UserKey(visit.Key.App, visit.Actor), visit.Key.Conversation);
        if (visit.Changed) announcer.Announce(visit.Key, visit.Actor, visit.Step, count);
    }

    private async Task AnswerAsync(Visit visit)
    {
        try
        {
            var user = new UserKey(visit.Key.App, visit.Actor);
            var outcome = await reader.FindAsync(user, visit.Key.Conversation, CancellationToken.None);
            if (outcome.Value is { Own.Left: false } state) visit.Origin.Answer(new RoomJoined(state), ProtocolJson.Lenient.RoomJoined);
            else visit.Origin.Refuse(outcome.Refusal ?? Refusals.NotParticipant);
        }
        catch (Exception exception)
        {
            visit.Origin.Refuse(log.Explain(exception));
        }
    }

    /// <summary>Nobody waits for what the server does by itself. Who could not be taken out, or stays because he is allowed to speak, is looked at again when as much time has passed.</summary>
    private sealed class ExpiryOrigin(RoomPresence presence, UserKey user, ConversationId room) : Origin
    {
        public override void Answer(EncodedEntry entry)
        {
        }

        public override void Answer(ReadOnlyMemory<byte> json)
        {
        }

        public override void Refuse(Refusal refusal)
        {
            if (refusal.Retry == RetryPolicy.Later || refusal == Refusals.Unchanged) presence.Entered(user, room);
        }
    }
}
