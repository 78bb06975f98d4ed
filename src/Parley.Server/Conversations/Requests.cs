using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary><c>message.send</c> at the log.</summary>
/// <param name="key">Where to.</param>
/// <param name="sender">Who asks.</param>
/// <param name="command">The message.</param>
/// <param name="digest">Of the request.</param>
/// <param name="recorded">Hears that it was recorded, before anybody receives it.</param>
/// <param name="origin">Who is answered.</param>
internal sealed class SendAppend(ConversationKey key, UserId sender, SendMessage command, byte[] digest, Action<ConversationKey, UserId> recorded, Origin origin)
    : Append(key, command.Message.Value, sender, digest, origin)
{
    private readonly UserId[] _involving = [sender];

    public override Needed Needed => new(_involving);

    public override MessagePriority Priority => command.Priority ?? MessagePriority.Normal;

    public override int Bytes { get; } = command.Content.Parts.Sum(part => TextSize.Bytes(part.Body));

    public override void Recorded() => recorded(Key, Actor);

    public override Outcome<Decision> Decide(Conversation conversation, DateTimeOffset now) =>
        conversation.Send(Actor, command.Message, command.Content, now);
}

/// <summary>Any other change of a conversation at the log.</summary>
/// <param name="key">Which one.</param>
/// <param name="command">Names the request.</param>
/// <param name="actor">Who asks.</param>
/// <param name="digest">Of the request.</param>
/// <param name="needed">What the rule asks about.</param>
/// <param name="bytes">Of the texts and names it would record.</param>
/// <param name="rule">Which rule applies, and when; pure.</param>
/// <param name="origin">Who is answered.</param>
internal sealed class ChangeAppend(
    ConversationKey key, CommandId command, UserId actor, byte[] digest, Needed needed, int bytes, Func<Conversation, DateTimeOffset, Outcome<Decision>> rule, Origin origin)
    : Append(key, command.Value, actor, digest, origin)
{
    public override Needed Needed => needed;

    public override int Bytes => bytes;

    public override Outcome<Decision> Decide(Conversation conversation, DateTimeOffset now) => rule(conversation, now);
}
