namespace Parley.Messages;

/// <summary>What a message may say. Pure.</summary>
internal static class ContentRules
{
    /// <summary>Null when the content is good.</summary>
    public static Refusal? Check(MessageContent content)
    {
        if (content.Parts.Count is 0) return Refusals.InvalidParams.Because("$.content.parts: expected 1 part or more");
        if (content.Parts.Count > MessageContent.MaxParts) return Refusals.TooLarge.Because($"$.content.parts: at most {MessageContent.MaxParts}");
        var (codePoints, bytes) = (0, 0);
        foreach (var part in content.Parts)
        {
            if (part.Type != MessagePart.PlainText) return Refusals.UnsupportedContent.Because("$.content.parts: this server takes text/plain");
            codePoints += TextSize.CodePoints(part.Body);
            bytes += TextSize.Bytes(part.Body);
        }

        if (codePoints == 0) return Refusals.InvalidParams.Because("$.content: expected at least one character");
        if (codePoints > MessageContent.MaxCodePoints) return Refusals.TooLarge.Because($"$.content: at most {MessageContent.MaxCodePoints} code points of text");
        return bytes > MessageContent.MaxTextBytes ? Refusals.TooLarge.Because($"$.content: at most {MessageContent.MaxTextBytes} bytes of text") : null;
    }
}
