using System.Text.Json.Serialization;

namespace Parley;

/// <summary>A conversation of one app. The creator makes the id, so that creating again answers the same conversation.</summary>
[JsonConverter(typeof(ConversationIdConverter))]
public readonly record struct ConversationId(Guid Value)
{
    /// <summary>A new id, ordered by time.</summary>
    public static ConversationId New() => new(Guid.CreateVersion7());

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A message within its conversation. The sender makes the id, so that sending again records nothing new.</summary>
[JsonConverter(typeof(MessageIdConverter))]
public readonly record struct MessageId(Guid Value)
{
    /// <summary>A new id, ordered by time.</summary>
    public static MessageId New() => new(Guid.CreateVersion7());

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A change other than a message. Asking again under the same id gets the first answer.</summary>
[JsonConverter(typeof(CommandIdConverter))]
public readonly record struct CommandId(Guid Value)
{
    /// <summary>A new id, ordered by time.</summary>
    public static CommandId New() => new(Guid.CreateVersion7());

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
