using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary><c>message.send</c> at the log.</summary>
/// <param name="key">Where to.</param>
/// <param name="sender">Who sends.</param>
/// <param name="command">What he asked for.</param>
/// <param name="content">What is recorded.</param>
/// <param name="digest">Of the request.</param>
/// <param name="recorded">Hears that it was recorded, before anybody receives it.</param>
/// <param name="origin">Who is answered.</param>
internal sealed class SendAppend(ConversationKey key, UserId sender, SendMessage command, MessageContent content, byte[] digest, Action<ConversationKey, UserId> recorded, Origin origin)
    : Append(key, command.Message.Value, sender, digest, origin)
{
    private readonly UserId[] _involving = [sender];
    private readonly ContentsToSend? _contents = ContentsToSend.Of(command.Message.Value, content);
    private readonly int _bytes = ContentBytes.Of(content);

    /// <summary>Whom it is sent to, where that are several; null for a message to this conversation.</summary>
    public IReadOnlyList<UserId>? Recipients { get; init; }

    public override Needed Needed => new(_involving, Message: command.ReplyTo, Contents: _contents);

    public override MessagePriority Priority => command.Priority ?? MessagePriority.Normal;

    public override int Bytes => _bytes + 32 * (Recipients?.Count ?? 0);

    public override void Recorded() => recorded(Key, Actor);

    /// <summary>What moderation says of it; null for nothing.</summary>
    public Moderated? Moderated { get; init; }

    public override Outcome<Decision> Decide(Conversation conversation, DateTimeOffset now)
    {
        var outcome = conversation.Send(Actor, new MessageSent(command.Message, Actor, content, command.ReplyTo, Recipients: Recipients), now);
        if (Moderated is not null) outcome = Moderated.Of(outcome);
        return command.Notification is { } notification && outcome.Value is { } decision ? decision with { Notification = notification } : outcome;
    }
}

/// <summary><c>message.forward</c> at the log.</summary>
/// <param name="key">Where to.</param>
/// <param name="sender">Who forwards.</param>
/// <param name="command">What he asked for.</param>
/// <param name="digest">Of the request.</param>
/// <param name="recorded">Hears that it was recorded, before anybody receives it.</param>
/// <param name="origin">Who is answered.</param>
internal sealed class ForwardAppend(ConversationKey key, UserId sender, ForwardMessage command, byte[] digest, Action<ConversationKey, UserId> recorded, Origin origin)
    : Append(key, command.Message.Value, sender, digest, origin)
{
    private readonly UserId[] _involving = [sender];
    private readonly MessageToForward _forward = new(command.From, command.Original);

    public override Needed Needed => new(
        _involving, Forward: _forward, Contents: Look?.Content is { } content ? ContentsToSend.Of(command.Message.Value, content) : null);

    /// <summary>It is not known yet how many: as many as there may be.</summary>
    public override int Bytes => MessageContent.MaxTextBytes;

    public override void Recorded() => recorded(Key, Actor);

    /// <summary>What was looked at before it came here; null where nobody looks.</summary>
    public ForwardLook? Look { get; init; }

    /// <summary>What moderation says of it; null for nothing.</summary>
    public Moderated? Moderated { get; init; }

    /// <summary>Whether the app takes such content, which was sent when it may have taken other; null where that was asked before.</summary>
    public Func<MessageContent, Refusal?>? Check { get; init; }

    public override Outcome<Decision> Decide(Conversation conversation, DateTimeOffset now)
    {
        var outcome = conversation.Forward(Actor, command.Message, _forward, Look, now);
        if (outcome.Value is { Event: MessageSent sent } && Check?.Invoke(sent.Content) is { } fault) return fault;
        return Moderated is null ? outcome : Moderated.Of(outcome);
    }
}

/// <summary>What moderation says of a message that the rules let be recorded. It is said last: who may not send learns only that, and a retry gets its first answer.</summary>
/// <param name="Refusal">Why it is not recorded all the same; null when it is.</param>
/// <param name="Flags">The lists because of which a report is made of it.</param>
internal sealed record Moderated(Refusal? Refusal, IReadOnlyList<string> Flags)
{
    public Outcome<Decision> Of(Outcome<Decision> outcome)
    {
        if (outcome.Value is not { } decision) return outcome;
        if (Refusal is not null) return Refusal;
        return Flags.Count == 0 ? outcome : decision with { Flags = Flags };
    }
}

/// <summary>How much a message takes of a batch.</summary>
internal static class ContentBytes
{
    public static int Of(MessageContent content)
    {
        var bytes = content.Ext?.Json.Length ?? 0;
        foreach (var part in content.Parts) bytes += part.Body is { } body ? TextSize.Bytes(body) : 256;
        return bytes;
    }
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
