using System.Text.Json.Serialization;

namespace Parley;

/// <summary>A message was sent. What it says now, whatever became of it since: an edit and a recall change this entry (its place and its time stay).</summary>
/// <param name="Message">Its id.</param>
/// <param name="Sender">Who sent it.</param>
/// <param name="Content">What it says; without parts when it was recalled.</param>
/// <param name="ReplyTo">The message of this conversation that it answers; null for none.</param>
/// <param name="Forwarded">Where it comes from; null for a message that says its own.</param>
/// <param name="Version">How often it was edited.</param>
/// <param name="EditedAt">When last; null for never.</param>
/// <param name="Recalled">Whether it was taken back from everybody.</param>
/// <param name="Expired">Whether it is older than the app keeps messages: no page of the log has it any more, and only its sender, who sends it again, is told that it was there. Without parts, then.</param>
/// <param name="Recipients">Whom it was sent to, where that were several with one request: each has it in the direct conversation with the sender. Null for a message to a conversation.</param>
public sealed record MessageSent(
    MessageId Message, UserId Sender, MessageContent Content, MessageId? ReplyTo = null, ForwardedFrom? Forwarded = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Version = 0, DateTimeOffset? EditedAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Recalled = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Expired = false,
    IReadOnlyList<UserId>? Recipients = null) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "message.sent";

    /// <summary>Recipients are compared one by one.</summary>
    public bool Equals(MessageSent? other) =>
        other is not null && Message == other.Message && Sender == other.Sender && Content.Equals(other.Content) && ReplyTo == other.ReplyTo && Equals(Forwarded, other.Forwarded)
        && Version == other.Version && EditedAt == other.EditedAt && Recalled == other.Recalled && Expired == other.Expired
        && (Recipients ?? []).SequenceEqual(other.Recipients ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Message, Sender, Version, Recalled);
}

/// <summary>Where a forwarded message comes from.</summary>
/// <param name="Message">The first one's id.</param>
/// <param name="Sender">Who said it first.</param>
/// <param name="At">When.</param>
public sealed record ForwardedFrom(MessageId Message, UserId Sender, DateTimeOffset At);

/// <summary>What a message says was replaced. Of two versions the higher counts, and a recall more than any.</summary>
/// <param name="Actor">Who did it.</param>
/// <param name="Message">The message.</param>
/// <param name="Original">Its place.</param>
/// <param name="Version">1, 2, … within the message.</param>
/// <param name="Content">What it said from then on; null when a later edit or a recall has emptied this.</param>
public sealed record MessageEdited(UserId Actor, MessageId Message, Sequence Original, int Version, MessageContent? Content) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "message.edited";
}

/// <summary>A message was taken back from everybody: what it said is nowhere any more.</summary>
/// <param name="Actor">Who did it.</param>
/// <param name="Message">The message.</param>
/// <param name="Original">Its place.</param>
public sealed record MessageRecalled(UserId Actor, MessageId Message, Sequence Original) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "message.recalled";
}
