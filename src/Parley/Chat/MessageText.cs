using Parley.Client;

namespace Parley.Chat;

/// <summary>What a message says, as a terminal can show it.</summary>
internal static class MessageText
{
    /// <summary>A message as it is now, with what became of it and what it answers.</summary>
    /// <param name="message">The message.</param>
    /// <param name="timeline">Where it is; what it answers is shown if it was read.</param>
    public static string Of(TimelineMessage message, Timeline timeline)
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
        return $"{before}{Of(message.Content)}{(message.EditedAt is null ? "" : " (edited)")}";
    }

    /// <summary>Texts as they are, and of everything else what it is and where.</summary>
    public static string Of(MessageContent content) => string.Join('\n', content.Parts.Select(Of));

    private static string Of(MessagePart part)
    {
        if (part is { Type: MessagePart.PlainText, Body: { } text }) return text;
        if (part.AsLocation() is { } place) return FormattableString.Invariant($"[place{Space(place.Name ?? place.Address)} {place.Latitude}, {place.Longitude}]");
        var what = part.Kind == ContentKind.Custom ? "event" : part.Kind.ToString().ToLowerInvariant();
        return $"[{what}{Space(part.Name)}{Space(part.Url)}]";
    }

    private static string Space(string? text) => string.IsNullOrEmpty(text) ? "" : $" {text}";
}
