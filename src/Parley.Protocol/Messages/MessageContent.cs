namespace Parley;

/// <summary>What a message says: 1 to 32 parts, shown in order.</summary>
/// <remarks><c>text/*</c> parts hold up to 8,000 code points and 32 KiB of UTF-8 together.</remarks>
public sealed record MessageContent(IReadOnlyList<MessagePart> Parts)
{
    /// <summary>The most parts of a message.</summary>
    public const int MaxParts = 32;

    /// <summary>The most code points of all text parts of a message.</summary>
    public const int MaxCodePoints = 8_000;

    /// <summary>The most bytes of UTF-8 of all text parts of a message.</summary>
    public const int MaxTextBytes = 32 * 1024;

    /// <summary>A message of one plain text.</summary>
    public static MessageContent OfText(string text) => new([new MessagePart(MessagePart.PlainText, text)]);

    /// <summary>The text of all plain text parts, a line each; empty when there is none.</summary>
    public string PlainText() =>
        string.Join('\n', Parts.Where(part => part.Type == MessagePart.PlainText).Select(part => part.Body));

    /// <summary>Parts are compared one by one.</summary>
    public bool Equals(MessageContent? other) => other is not null && Parts.SequenceEqual(other.Parts);

    /// <inheritdoc/>
    public override int GetHashCode() => Parts.Aggregate(Parts.Count, HashCode.Combine);
}

/// <summary>One part of a message.</summary>
/// <param name="Type">A MIME type. This version takes <c>text/plain</c>.</param>
/// <param name="Body">The part itself, for inline parts.</param>
public sealed record MessagePart(string Type, string Body)
{
    /// <summary>The MIME type of plain text.</summary>
    public const string PlainText = "text/plain";
}
