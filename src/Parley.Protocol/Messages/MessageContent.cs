using System.Text.Json.Serialization;

namespace Parley;

/// <summary>What a message says: 1 to 32 parts, shown in order. All of it can be edited.</summary>
/// <remarks><c>text/*</c> parts hold up to 8,000 code points and 32 KiB of UTF-8 together. A message that was recalled has no parts.</remarks>
/// <param name="Parts">What is shown.</param>
/// <param name="Ext">What the app keeps with it: at most <see cref="CustomData.MaxBytes"/> bytes and <see cref="CustomData.MaxDepth"/> deep. Left out when there is none; <c>null</c> is refused (A06).</param>
/// <param name="Mentions">Who is addressed by it; null for nobody.</param>
public sealed record MessageContent(
    IReadOnlyList<MessagePart> Parts, [property: JsonConverter(typeof(ExtConverter))] CustomData? Ext = null, Mentions? Mentions = null)
{
    /// <summary>The most parts of a message.</summary>
    public const int MaxParts = 32;

    /// <summary>The most code points of all text parts of a message.</summary>
    public const int MaxCodePoints = 8_000;

    /// <summary>The most bytes of UTF-8 of all text parts of a message.</summary>
    public const int MaxTextBytes = 32 * 1024;

    /// <summary>The most bytes of UTF-8 of an inline part that is no text. What is larger is uploaded (B20).</summary>
    public const int MaxInlineBytes = 2_048;

    /// <summary>The content of a message that was recalled.</summary>
    public static MessageContent None { get; } = new([]);

    /// <summary>A message of one plain text.</summary>
    public static MessageContent OfText(string text) => new([MessagePart.OfText(text)]);

    /// <summary>A message of what was uploaded, and below it a text.</summary>
    /// <param name="uploaded">What the upload made.</param>
    /// <param name="text">What is said of it; null or empty for nothing.</param>
    public static MessageContent Of(ContentUploaded uploaded, string? text = null) =>
        new(string.IsNullOrEmpty(text) ? [MessagePart.Of(uploaded)] : [MessagePart.Of(uploaded), MessagePart.OfText(text)]);

    /// <summary>The text of all plain text parts, a line each; empty when there is none.</summary>
    public string PlainText() =>
        string.Join('\n', Parts.Where(part => part.Type == MessagePart.PlainText && part.Body is not null).Select(part => part.Body));

    /// <summary>Parts are compared one by one.</summary>
    public bool Equals(MessageContent? other) =>
        other is not null && Parts.SequenceEqual(other.Parts) && Equals(Ext, other.Ext) && Equals(Mentions, other.Mentions);

    /// <inheritdoc/>
    public override int GetHashCode() => Parts.Aggregate(Parts.Count, HashCode.Combine);
}

/// <summary>Who is addressed by a message. Who is no participant is named by it, and not told.</summary>
/// <param name="Users">Users by id, up to <see cref="MaxUsers"/>; null for none.</param>
/// <param name="All">Whether everybody in the conversation is.</param>
public sealed record Mentions(
    IReadOnlyList<UserId>? Users = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool All = false)
{
    /// <summary>The most users.</summary>
    public const int MaxUsers = 50;

    /// <summary>Whether somebody is addressed.</summary>
    public bool Has(UserId user) => All || Users?.Contains(user) == true;

    /// <summary>Users are compared one by one.</summary>
    public bool Equals(Mentions? other) => other is not null && All == other.All && (Users ?? []).SequenceEqual(other.Users ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => (Users ?? []).Aggregate(All.GetHashCode(), HashCode.Combine);
}
