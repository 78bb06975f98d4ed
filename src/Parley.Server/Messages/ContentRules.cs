using System.Buffers;
using System.Text.Json;

namespace Parley.Messages;

/// <summary>What a message may say. Pure.</summary>
internal static class ContentRules
{
    /// <summary>The most bytes of a content as JSON: its entry, and that of an edit, fit into a frame with what stands around them.</summary>
    public const int MaxJsonBytes = 112 * 1024;

    private static readonly SearchValues<char> TypeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+");

    /// <summary>Null when the content is good.</summary>
    /// <param name="content">What is to be said.</param>
    /// <param name="types">The MIME types that the app takes, as <c>image/png</c> or <c>image/*</c>; none for all.</param>
    public static Refusal? Check(MessageContent content, IReadOnlyCollection<string> types)
    {
        if (content.Parts.Count is 0) return Refusals.InvalidParams.Because("$.content.parts: expected 1 part or more");
        if (content.Parts.Count > MessageContent.MaxParts) return Refusals.TooLarge.Because($"$.content.parts: at most {MessageContent.MaxParts}");
        var (codePoints, bytes, says) = (0, 0, false);
        for (var index = 0; index < content.Parts.Count; index++)
        {
            var part = content.Parts[index];
            if (CheckPart(part, index, types) is { } refusal) return refusal;
            if (part.Kind == ContentKind.Text && part.Body is { } text)
            {
                codePoints += TextSize.CodePoints(text);
                bytes += TextSize.Bytes(text);
            }
            else
            {
                says = true;
            }
        }

        if (codePoints == 0 && !says) return Refusals.InvalidParams.Because("$.content: expected at least one character");
        if (codePoints > MessageContent.MaxCodePoints) return Refusals.TooLarge.Because($"$.content: at most {MessageContent.MaxCodePoints} code points of text");
        if (bytes > MessageContent.MaxTextBytes) return Refusals.TooLarge.Because($"$.content: at most {MessageContent.MaxTextBytes} bytes of text");
        return CheckRest(content) ?? (says && content.Parts.Count > 1 ? CheckFrame(content) : null);
    }

    private static Refusal? CheckPart(MessagePart part, int index, IReadOnlyCollection<string> types)
    {
        // By far the most are this, and nothing else.
        if (part.Type == MessagePart.PlainText && types.Count == 0 && part is { Body: not null, Content: null, Url: null }) return CheckFacts(part, index);
        if (!IsType(part.Type)) return Invalid(index, "type", $"expected a MIME type as text/plain: a slash, in lower case, at most {MessagePart.MaxTypeLength} characters");
        if (types.Count > 0 && !types.Any(type => Takes(type, part.Type))) return Refusals.UnsupportedContent.Because($"$.content.parts[{index}].type: this app takes {string.Join(", ", types)}");
        if ((part.Body is null ? 0 : 1) + (part.Content is null ? 0 : 1) + (part.Url is null ? 0 : 1) != 1)
            return Refusals.InvalidParams.Because($"$.content.parts[{index}]: expected one of body, content and url");
        if (part.Body is { } body && part.Kind != ContentKind.Text && TextSize.Bytes(body) > MessageContent.MaxInlineBytes)
            return Refusals.TooLarge.Because($"$.content.parts[{index}].body: at most {MessageContent.MaxInlineBytes} bytes where it is no text; upload what is larger");
        if (TypedParts.Fault(part) is { } fault) return Invalid(index, "body", fault);
        if (part.Url is { } url && !IsAddress(url)) return Invalid(index, "url", $"expected an http or https address of at most {MessagePart.MaxUrlBytes} bytes, without a user in it");
        return CheckFacts(part, index);
    }

    private static Refusal? CheckFacts(MessagePart part, int index)
    {
        if (part.Name is { } name && (name.Length == 0 || TextSize.CodePoints(name) > MessagePart.MaxName)) return Invalid(index, "name", $"expected 1 to {MessagePart.MaxName} code points");
        if (part.Size is < 0 or > 1L << 40) return Invalid(index, "size", "expected 0 to 2^40 bytes");
        if (part.Width is < 1 or > 1_000_000) return Invalid(index, "width", "expected 1 to 1,000,000");
        if (part.Height is < 1 or > 1_000_000) return Invalid(index, "height", "expected 1 to 1,000,000");
        if (part.DurationMs is < 0 or > 1L << 40) return Invalid(index, "durationMs", "expected 0 to 2^40");
        return part.Hash is not null && part.Content is null ? Invalid(index, "hash", "the server says it, of what was uploaded") : null;
    }

    private static Refusal? CheckRest(MessageContent content)
    {
        if (content.Ext is { } ext)
        {
            if (TextSize.Bytes(ext.Json) > CustomData.MaxBytes) return Refusals.TooLarge.Because($"$.content.ext: at most {CustomData.MaxBytes} bytes");
            if (ext.Depth > CustomData.MaxDepth) return Refusals.InvalidParams.Because($"$.content.ext: at most {CustomData.MaxDepth} levels deep");
        }

        return content.Mentions switch
        {
            null => null,
            { Users.Count: > Mentions.MaxUsers } => Refusals.TooLarge.Because($"$.content.mentions.users: at most {Mentions.MaxUsers}"),
            { All: false, Users: null or { Count: 0 } } => Refusals.InvalidParams.Because("$.content.mentions: expected users, or all"),
            { Users: { } users } when users.Distinct().Count() < users.Count => Refusals.InvalidParams.Because("$.content.mentions.users: expected each user once"),
            _ => null,
        };
    }

    /// <summary>Text alone always fits: what it is escaped to is bounded by how long it may be.</summary>
    private static Refusal? CheckFrame(MessageContent content) =>
        JsonSerializer.SerializeToUtf8Bytes(content, ProtocolJson.Lenient.MessageContent).Length > MaxJsonBytes
            ? Refusals.TooLarge.Because($"$.content: at most {MaxJsonBytes} bytes as JSON; upload what is larger")
            : null;

    /// <summary>Null when what a push says is good.</summary>
    public static Refusal? Check(MessageNotification? notification)
    {
        if (notification is null) return null;
        if (notification.Recipients is { Count: > MessageNotification.MaxRecipients }) return Refusals.TooLarge.Because($"$.notification.recipients: at most {MessageNotification.MaxRecipients}");
        if (Check(notification.Title, notification.Text, notification.Sound, notification.Category, notification.Data) is { } fault)
            return Refusals.InvalidParams.Because($"$.notification: {fault}");
        foreach (var one in notification.Recipients?.Values ?? [])
        {
            if (Check(one.Title, one.Text, one.Sound, one.Category, one.Data) is { } wrong) return Refusals.InvalidParams.Because($"$.notification.recipients: {wrong}");
        }

        return null;
    }

    private static string? Check(string? title, string? text, string? sound, string? category, CustomData? data) =>
        TextSize.CodePoints(title ?? "") > 256 ? "title: at most 256 code points"
        : TextSize.CodePoints(text ?? "") > 1_024 ? "text: at most 1,024 code points"
        : sound?.Length > 64 ? "sound: at most 64 characters"
        : category?.Length > 64 ? "category: at most 64 characters"
        : data is not null && (TextSize.Bytes(data.Json) > 1_024 || data.Depth > CustomData.MaxDepth) ? $"data: at most 1,024 bytes, {CustomData.MaxDepth} levels deep"
        : null;

    private static bool IsType(string type)
    {
        if (type.Length is < 3 or > MessagePart.MaxTypeLength) return false;
        var slash = type.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < type.Length - 1 && !type.AsSpan(0, slash).ContainsAnyExcept(TypeCharacters) && !type.AsSpan(slash + 1).ContainsAnyExcept(TypeCharacters);
    }

    private static bool Takes(string allowed, string type) =>
        allowed == type || (allowed.EndsWith("/*", StringComparison.Ordinal) && type.StartsWith(allowed.AsSpan(0, allowed.Length - 1), StringComparison.Ordinal));

    private static bool IsAddress(string url) =>
        TextSize.Bytes(url) <= MessagePart.MaxUrlBytes && Uri.TryCreate(url, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp) && address.UserInfo.Length == 0;

    private static Refusal Invalid(int index, string member, string why) => Refusals.InvalidParams.Because($"$.content.parts[{index}].{member}: {why}");
}
