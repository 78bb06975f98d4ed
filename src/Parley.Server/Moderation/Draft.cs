using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Moderation;

/// <summary>A message, or an edit of one, on its way to the log.</summary>
/// <param name="Key">Where to.</param>
/// <param name="Sender">In whose name.</param>
/// <param name="Digest">Of what he asked for, whatever is made of it: by it a retry is the same request.</param>
internal abstract record Draft(ConversationKey Key, UserId Sender, byte[] Digest)
{
    public abstract MessageStep Step { get; }

    /// <summary>Names the request.</summary>
    public abstract Guid Request { get; }

    public abstract MessageId Message { get; }

    public abstract MessageContent Content { get; }

    public virtual MessageNotification? Notification => null;

    public virtual MessageId? ReplyTo => null;

    /// <summary>Where what it says comes from; null for what its sender says himself.</summary>
    public virtual ForwardedFrom? Forwarded => null;

    /// <summary>The message without which it is nothing: that it edits or forwards. Null for none.</summary>
    public virtual (ConversationKey In, MessageId Message)? Original => null;

    /// <summary>How its sender is told what is wrong with its content.</summary>
    public virtual Refusal Told(Refusal fault) => fault;

    /// <summary>The same with other content.</summary>
    public abstract Draft With(MessageContent content, MessageNotification? notification);

    /// <summary>The request to the log.</summary>
    public abstract LogRequest Append(Moderated? moderated, Origin origin);

    /// <summary>What is kept of it while it is held.</summary>
    public abstract byte[] ToJson();
}

/// <summary><c>message.send</c>.</summary>
/// <param name="Key">Where to.</param>
/// <param name="Sender">In whose name.</param>
/// <param name="Digest">Of the request.</param>
/// <param name="Command">The request.</param>
/// <param name="Recorded">Hears that it was recorded, before anybody receives it.</param>
internal sealed record SendDraft(ConversationKey Key, UserId Sender, byte[] Digest, SendMessage Command, Action<ConversationKey, UserId> Recorded) : Draft(Key, Sender, Digest)
{
    private const string RecipientsMember = "recipients";

    /// <inheritdoc cref="SendAppend.Recipients"/>
    public IReadOnlyList<UserId>? Recipients { get; init; }

    public override MessageStep Step => MessageStep.Send;

    public override Guid Request => Command.Message.Value;

    public override MessageId Message => Command.Message;

    public override MessageContent Content => Command.Content;

    public override MessageNotification? Notification => Command.Notification;

    public override MessageId? ReplyTo => Command.ReplyTo;

    public override Draft With(MessageContent content, MessageNotification? notification) => this with { Command = Command with { Content = content, Notification = notification } };

    public override LogRequest Append(Moderated? moderated, Origin origin) =>
        new SendAppend(Key, Sender, Command, Command.Content, Digest, Recorded, origin) { Moderated = moderated, Recipients = Recipients };

    public override byte[] ToJson()
    {
        var kept = JsonSerializer.SerializeToNode(Command, ProtocolJson.Lenient.SendMessage)!;
        if (Recipients is not null) kept[RecipientsMember] = new JsonArray([.. Recipients.Select(user => (JsonNode)user.Value)]);
        return Encoding.UTF8.GetBytes(kept.ToJsonString());
    }

    /// <summary>What <see cref="ToJson"/> kept.</summary>
    public static SendDraft FromJson(ConversationKey key, UserId sender, byte[] digest, byte[] kept, Action<ConversationKey, UserId> recorded)
    {
        using var json = JsonDocument.Parse(kept);
        return new SendDraft(key, sender, digest, json.RootElement.Deserialize(ProtocolJson.Lenient.SendMessage)!, recorded)
        {
            Recipients = json.RootElement.TryGetProperty(RecipientsMember, out var recipients) ? [.. recipients.EnumerateArray().Select(user => new UserId(user.GetString()!))] : null,
        };
    }
}

/// <summary><c>message.forward</c>, with what the other message said when somebody looked at it; before that, with nothing.</summary>
/// <param name="Key">Where to.</param>
/// <param name="Sender">In whose name.</param>
/// <param name="Digest">Of the request.</param>
/// <param name="Command">The request.</param>
/// <param name="Recorded">Hears that it was recorded, before anybody receives it.</param>
internal sealed record ForwardDraft(ConversationKey Key, UserId Sender, byte[] Digest, ForwardMessage Command, Action<ConversationKey, UserId> Recorded) : Draft(Key, Sender, Digest)
{
    private const string ContentMember = "content";

    public ForwardLook? Look { get; init; }

    public ForwardedFrom? Source { get; init; }

    /// <summary>Whether content is in order for the app; null where that is not asked any more.</summary>
    public Func<MessageContent, Refusal?>? Check { get; init; }

    public override MessageStep Step => MessageStep.Send;

    public override Guid Request => Command.Message.Value;

    public override MessageId Message => Command.Message;

    public override MessageContent Content => Look?.Content ?? MessageContent.None;

    public override ForwardedFrom? Forwarded => Source;

    public override (ConversationKey In, MessageId Message)? Original => (Key with { Conversation = Command.From }, Command.Original);

    /// <summary>The content is no member of this request.</summary>
    public override Refusal Told(Refusal fault) => fault.Because("$.original");

    /// <summary>Why the app takes no such content; null when it does.</summary>
    public Refusal? Fault(MessageContent content) => Check?.Invoke(content) is { } fault ? Told(fault) : null;

    public ForwardDraft Of(ForwardedContent original) => this with { Look = new ForwardLook(original.Sent.Version, original.Content), Source = original.Source };

    public override Draft With(MessageContent content, MessageNotification? notification) => this with { Look = Look! with { Content = content } };

    public override LogRequest Append(Moderated? moderated, Origin origin) =>
        new ForwardAppend(Key, Sender, Command, Digest, Recorded, origin) { Look = Look, Moderated = moderated, Check = Fault };

    public override byte[] ToJson()
    {
        var kept = JsonSerializer.SerializeToNode(Command, ProtocolJson.Lenient.ForwardMessage)!;
        kept[ContentMember] = JsonSerializer.SerializeToNode(Content, ProtocolJson.Lenient.MessageContent);
        return Encoding.UTF8.GetBytes(kept.ToJsonString());
    }

    /// <summary>What <see cref="ToJson"/> kept. Somebody has looked at this, so this is forwarded, also if the other message was edited since.</summary>
    public static ForwardDraft FromJson(ConversationKey key, UserId sender, byte[] digest, byte[] kept, Action<ConversationKey, UserId> recorded)
    {
        using var json = JsonDocument.Parse(kept);
        return new ForwardDraft(key, sender, digest, json.RootElement.Deserialize(ProtocolJson.Lenient.ForwardMessage)!, recorded)
        {
            Look = new ForwardLook(Version: null, json.RootElement.GetProperty(ContentMember).Deserialize(ProtocolJson.Lenient.MessageContent)),
        };
    }
}

/// <summary><c>message.edit</c>.</summary>
/// <param name="Key">Where.</param>
/// <param name="Sender">In whose name.</param>
/// <param name="Digest">Of the request.</param>
/// <param name="Command">The request.</param>
/// <param name="Limits">How often, and how long, he may.</param>
internal sealed record EditDraft(ConversationKey Key, UserId Sender, byte[] Digest, EditMessage Command, MessageLimits Limits) : Draft(Key, Sender, Digest)
{
    public override MessageStep Step => MessageStep.Edit;

    public override Guid Request => Command.CommandId.Value;

    public override MessageId Message => Command.Message;

    public override MessageContent Content => Command.Content;

    public override (ConversationKey In, MessageId Message)? Original => (Key, Command.Message);

    public override Draft With(MessageContent content, MessageNotification? notification) => this with { Command = Command with { Content = content } };

    public override LogRequest Append(Moderated? moderated, Origin origin) =>
        new ChangeAppend(Key, Command.CommandId, Sender, Digest, new Needed([Sender], Message: Command.Message, Contents: ContentsToSend.Of(Command.CommandId.Value, Command.Content)), ContentBytes.Of(Command.Content), (rules, now) =>
        {
            var outcome = rules.Edit(Sender, Command, Limits, now);
            return moderated is null ? outcome : moderated.Of(outcome);
        }, origin);

    public override byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(Command, ProtocolJson.Lenient.EditMessage);
}
