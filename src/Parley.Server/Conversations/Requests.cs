using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary><c>message.send</c> at the log.</summary>
internal sealed class SendAppend(ConversationKey key, UserId sender, SendMessage command, byte[] digest, Origin origin)
    : Append(key, command.Message.Value, sender, digest, origin)
{
    public override IReadOnlyList<UserId> Involving { get; } = [sender];

    public override int Bytes { get; } = command.Content.Parts.Sum(part => TextSize.Bytes(part.Body));

    public override Outcome<Decision> Decide(Conversation conversation) => conversation.Send(Actor, command.Message, command.Content);
}

/// <summary><c>conversation.add</c> at the log.</summary>
internal sealed class AddAppend(ConversationKey key, UserId actor, AddParticipants command, byte[] digest, Origin origin)
    : Append(key, command.CommandId.Value, actor, digest, origin)
{
    public override IReadOnlyList<UserId> Involving { get; } = [actor, .. command.Users];

    public override int Bytes { get; } = command.Users.Sum(user => user.Value.Length);

    public override Outcome<Decision> Decide(Conversation conversation) => conversation.Add(Actor, command.Users);
}

/// <summary><c>conversation.remove</c> at the log.</summary>
internal sealed class RemoveAppend(ConversationKey key, UserId actor, RemoveParticipants command, byte[] digest, Origin origin)
    : Append(key, command.CommandId.Value, actor, digest, origin)
{
    public override IReadOnlyList<UserId> Involving { get; } = [actor, .. command.Users];

    public override int Bytes { get; } = command.Users.Sum(user => user.Value.Length);

    public override Outcome<Decision> Decide(Conversation conversation) => conversation.Remove(Actor, command.Users);
}

/// <summary><c>conversation.leave</c> at the log.</summary>
internal sealed class LeaveAppend(ConversationKey key, UserId actor, LeaveConversation command, byte[] digest, Origin origin)
    : Append(key, command.CommandId.Value, actor, digest, origin)
{
    public override IReadOnlyList<UserId> Involving { get; } = [actor];

    public override Outcome<Decision> Decide(Conversation conversation) => conversation.Leave(Actor);
}
