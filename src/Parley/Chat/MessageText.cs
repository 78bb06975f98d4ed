using Parley.Client;

namespace Parley.Chat;

/// <summary>What a message says, as a terminal can show it.</summary>
internal static class MessageText
{
    /// <summary>A message as it is now, with what became of it and what it answers.</summary>
    /// <param name="message">The message.</param>
    /// <param name="timeline">Where it is; what it answers is shown if it was read.</param>
    /// <param name="link">Where what was uploaded is fetched, as far as it is known.</param>
    public static string Of(TimelineMessage message, Timeline timeline, Func<ContentId, string?>? link = null)
    {
        if (message.IsRecalled) return "(taken back)";
        var answered = message.ReplyTo is { } original ? timeline.Items.OfType<TimelineMessage>().FirstOrDefault(one => one.Message == original) : null;
        var before = message switch
        {
            { ReplyTo: null, Forwarded: { } from } => $"(from {from.Sender}) ",
            { ReplyTo: null } => "",
            _ when answered is null => "(an answer) ",
            _ => $"({answered.Sender}: {DisplayText.Truncate(DisplayText.Line(Of(answered.Content)), 30)}) ",
        };
        return $"{before}{Of(message.Content, link)}{(message.EditedAt is null ? "" : " (edited)")}";
    }

    /// <summary>Texts as they are, and of everything else what it is and where.</summary>
    public static string Of(MessageContent content, Func<ContentId, string?>? link = null) => string.Join('\n', content.Parts.Select(part => Of(part, link)));

    /// <summary>What a part is, and what it is called.</summary>
    public static string NameOf(MessagePart part) => $"{(part.Kind == ContentKind.Custom ? "event" : part.Kind.ToString().ToLowerInvariant())}{Space(part.Name)}";

    /// <summary>An address, and until when it is one.</summary>
    public static string Of(ContentAddress address, TimeZoneInfo zone) => $"{address.Url.AbsoluteUri} until {TimeZoneInfo.ConvertTime(address.ExpiresAt, zone):HH:mm}";

    private static string Of(MessagePart part, Func<ContentId, string?>? link)
    {
        if (part is { Type: MessagePart.PlainText, Body: { } text }) return text;
        if (part.AsLocation() is { } place) return FormattableString.Invariant($"[place{Space(place.Name ?? place.Address)} {place.Latitude}, {place.Longitude}]");
        return $"[{NameOf(part)}{Space(part.Url ?? (part.Content is { } content ? link?.Invoke(content) : null))}]";
    }

    private static string Space(string? text) => string.IsNullOrEmpty(text) ? "" : $" {text}";
}
