using Parley.Client;

namespace Parley.Chat;

/// <summary>A painted screen: exactly as many lines as it is high, none wider than it is wide, and where the cursor stands.</summary>
internal sealed record ScreenFrame(IReadOnlyList<StyledLine> Lines, int CursorRow, int CursorColumn, int MaxScroll);

/// <summary>Lays out a chat: a bar, the conversation from the bottom up, the connection when it is not there, what is being written. Pure.</summary>
internal static class ChatScreen
{
    public const int MinWidth = 10;
    public const int MinHeight = 4;

    private const string Prompt = "> ";

    public static ScreenFrame Render(ChatView view, int width, int height)
    {
        (width, height) = (Math.Max(width, MinWidth), Math.Max(height, MinHeight));
        var (draft, cursorRow, cursorColumn) = RenderDraft(view.Draft, width, Math.Max(1, Math.Min(6, height / 3)));
        var status = Status(view, width);
        var room = height - 1 - draft.Count - (status is null ? 0 : 1);

        var history = History(view, width);
        var maxScroll = Math.Max(0, history.Count - room);
        var end = history.Count - Math.Min(view.ScrolledUp, maxScroll);
        var shown = history.Take(end).TakeLast(room).ToList();

        var lines = new List<StyledLine>(height) { Bar(view, width) };
        lines.AddRange(Enumerable.Repeat(StyledLine.Blank, room - shown.Count));
        lines.AddRange(shown);
        if (status is not null) lines.Add(status);
        var draftStart = lines.Count;
        lines.AddRange(draft);
        return new ScreenFrame(lines, draftStart + cursorRow, cursorColumn, maxScroll);
    }

    /// <summary>How far up the screen stands to show a notice from its beginning; 0 where it is shown whole.</summary>
    public static int TopOfNotice(ChatView view, int width, int height)
    {
        (width, height) = (Math.Max(width, MinWidth), Math.Max(height, MinHeight));
        var room = height - 1 - RenderDraft(view.Draft, width, Math.Max(1, Math.Min(6, height / 3))).Lines.Count;
        var lines = Notice(view, width).Count();
        // One of them says that there is more.
        return lines <= room ? 0 : lines - room + 1;
    }

    private static StyledLine Bar(ChatView view, int width)
    {
        var state = view.State == ConnectionState.Open ? "● connected" : "○ offline";
        var mail = view.Elsewhere > 0 ? $"✉ {view.Elsewhere}  " : "";
        var right = $" {mail}{state} ";
        var left = DisplayText.Truncate($" {DisplayText.Line(view.Me)} → {Peer(view)}", Math.Max(0, width - DisplayText.Width(right)));
        var fill = width - DisplayText.Width(left) - DisplayText.Width(right);
        return fill >= 0 ? StyledLine.Of(left + new string(' ', fill) + right, Tone.Bar) : StyledLine.Of(DisplayText.Truncate(left, width), Tone.Bar);
    }

    /// <summary>Whom the conversation is with, and how he can be reached. While the server cannot be asked, nobody knows.</summary>
    private static string Peer(ChatView view)
    {
        var with = DisplayText.Line(view.With);
        if (view is not { State: ConnectionState.Open, Peer: { } peer }) return with;
        var text = peer.Text is null ? "" : $" ({DisplayText.Line(peer.Text)})";
        return $"{ChatSentences.Dot(peer.Status)} {with}{text}";
    }

    private static StyledLine? Status(ChatView view, int width) => view.State switch
    {
        ConnectionState.Open when view.Timeline is { } timeline && NamedMessage.In(view.Draft.Text, timeline) is { } meant =>
            StyledLine.Of(DisplayText.Truncate($"↳ {ChatMessages.LineOf(meant, timeline)}", width), Tone.Faint),
        ConnectionState.Open when view.ScrolledUp > 0 => StyledLine.Of(DisplayText.Truncate(view.Notice.Count > 0 ? "↓ more below (PageDown)" : "↓ newer messages below (PageDown)", width), Tone.Faint),
        ConnectionState.Open when view.Typing.Count > 0 => StyledLine.Of(DisplayText.Truncate(DisplayText.Line(ChatSentences.Typing(view.Typing)), width), Tone.Faint),
        ConnectionState.Open => null,
        ConnectionState.Closed => StyledLine.Of(DisplayText.Truncate("disconnected", width), Tone.Alert),
        _ => StyledLine.Of(DisplayText.Truncate(view.Timeline is null ? $"connecting to {view.Server}…" : "reconnecting…", width), Tone.Alert),
    };

    private static List<StyledLine> History(ChatView view, int width)
    {
        var lines = new List<StyledLine>();
        if (view.Timeline is { } timeline)
        {
            if (!timeline.IsComplete) lines.Add(Rule("PageUp for older messages", width));
            DateOnly? day = null;
            foreach (var item in timeline.Items)
            {
                if (At(item, view.Zone) is { } at && DateOnly.FromDateTime(at.Date) is var today && today != day)
                {
                    day = today;
                    lines.Add(Rule($"{today:d MMMM yyyy}", width));
                }

                if (item.From == view.UnreadFrom) lines.Add(Rule("unread", width));
                Add(item, timeline, view, width, lines);
            }

            foreach (var outgoing in timeline.Outgoing) AddMessage("…", view.Me, Tone.Own, MessageText.Of(outgoing.Content), Mark(outgoing.State), width, lines);
        }

        lines.AddRange(Notice(view, width));
        return lines;
    }

    /// <summary>What the chat has to say. Of a line in columns, which two spaces part, the last one is wrapped under its beginning.</summary>
    private static IEnumerable<StyledLine> Notice(ChatView view, int width)
    {
        foreach (var notice in view.Notice.SelectMany(one => DisplayText.Clean(one).Split('\n')))
        {
            var head = notice[..ColumnOf(notice)];
            var indent = DisplayText.Width(head);
            if (indent > width / 2) (head, indent) = ("", 0);
            foreach (var (line, index) in DisplayText.Wrap(notice[head.Length..], width - indent).Select((line, index) => (line, index)))
                yield return StyledLine.Of((index == 0 ? head : new string(' ', indent)) + line, Tone.Faint);
        }
    }

    /// <summary>Where the second column of a line begins; 0 where there is one only.</summary>
    private static int ColumnOf(string line)
    {
        var start = line.Length - line.TrimStart(' ').Length;
        var gap = line.IndexOf("  ", start, StringComparison.Ordinal);
        return gap < 0 ? 0 : line.Length - line[gap..].TrimStart(' ').Length;
    }

    private static DateTimeOffset? At(TimelineItem item, TimeZoneInfo zone) => item switch
    {
        TimelineMessage message => TimeZoneInfo.ConvertTime(message.At, zone),
        TimelineEvent happened => TimeZoneInfo.ConvertTime(happened.At, zone),
        _ => null,
    };

    private static void Add(TimelineItem item, Timeline timeline, ChatView view, int width, List<StyledLine> lines)
    {
        switch (item)
        {
            case TimelineMessage message:
                var own = message.Sender == timeline.Me;
                var mark = own ? Mark(timeline.StateOf(message)) : default;
                // A number is there when somebody is about to name one.
                var number = NamedMessage.IsWanted(view.Draft.Text) ? $"#{message.Sequence} " : "";
                var text = MessageText.Of(message, timeline, content => view.Links.GetValueOrDefault((message.Message, content)));
                AddMessage($"{number}{At(message, view.Zone):HH:mm}", message.Sender.Value, own ? Tone.Own : Tone.Other, text, mark, width, lines);
                break;
            case TimelineEvent happened:
                lines.AddRange(DisplayText.Wrap(DisplayText.Clean($"· {ChatSentences.Of(happened.Event)}"), width).Select(line => StyledLine.Of(line, Tone.Faint)));
                break;
            case TimelinePlaceholder placeholder:
                lines.Add(StyledLine.Of(DisplayText.Truncate($"· {placeholder.To.Value - placeholder.From.Value + 1} not shown ({placeholder.Why})", width), Tone.Faint));
                break;
        }
    }

    private static void AddMessage(string time, string sender, Tone tone, string text, Piece mark, int width, List<StyledLine> lines)
    {
        var name = DisplayText.Truncate(sender, Math.Min(Math.Max(4, width / 3), width - 7));
        var head = $"{time} {name} ";
        var indent = Math.Min(DisplayText.Width(head), width / 2);
        var body = DisplayText.Wrap(DisplayText.Clean(text), width - indent);
        var start = lines.Count;
        lines.Add(new StyledLine([new Piece($"{time} ", Tone.Faint), new Piece($"{name} ", tone)]));
        // On a narrow screen the name has a line of its own.
        if (DisplayText.Width(head) == indent) lines[start] = new StyledLine([.. lines[start].Pieces, new Piece(body[0], Tone.Plain)]);
        else lines.Add(Indented(body[0], indent));
        lines.AddRange(body.Skip(1).Select(line => Indented(line, indent)));
        if (mark.Text is not { Length: > 0 }) return;

        var last = lines[^1];
        if (DisplayText.Width(last.Text) + 1 + DisplayText.Width(mark.Text) <= width) lines[^1] = new StyledLine([.. last.Pieces, new Piece(" ", Tone.Plain), mark]);
        else lines.Add(new StyledLine([new Piece(new string(' ', Math.Max(0, width - DisplayText.Width(mark.Text))), Tone.Plain), mark with { Text = DisplayText.Truncate(mark.Text, width) }]));
    }

    private static StyledLine Indented(string text, int indent) => StyledLine.Of(new string(' ', indent) + text);

    private static Piece Mark(MessageState state) => state switch
    {
        MessageState.Pending => new Piece("…", Tone.Faint),
        MessageState.Sent => new Piece("✓", Tone.Faint),
        MessageState.Delivered => new Piece("✓✓", Tone.Faint),
        MessageState.Read => new Piece("✓✓ read", Tone.Seen),
        MessageState.Unknown => new Piece("? unknown", Tone.Alert),
        _ => new Piece("✗ not sent", Tone.Alert),
    };

    private static StyledLine Rule(string text, int width)
    {
        var label = DisplayText.Truncate($" {text} ", width);
        var rest = width - DisplayText.Width(label);
        return StyledLine.Of(new string('─', rest / 2) + label + new string('─', rest - (rest / 2)), Tone.Faint);
    }

    /// <summary>The draft, wrapped; of a long one the part around the cursor.</summary>
    private static (IReadOnlyList<StyledLine> Lines, int CursorRow, int CursorColumn) RenderDraft(LineEditor draft, int width, int room)
    {
        var (rows, cursorRow, cursorColumn) = Flow(draft, width - Prompt.Length - 1);
        var first = Math.Clamp(cursorRow - room + 1, 0, Math.Max(0, rows.Count - room));
        var lines = rows.Skip(first).Take(room)
            .Select((row, index) => new StyledLine([new Piece(first + index == 0 ? Prompt : "  ", Tone.Own), new Piece(row, Tone.Plain)]))
            .ToList();
        return (lines, cursorRow - first, Prompt.Length + cursorColumn);
    }

    /// <summary>Breaks the draft at the edge, character by character: a text that moves to the next line while it is written would be restless.</summary>
    private static (List<string> Rows, int CursorRow, int CursorColumn) Flow(LineEditor draft, int width)
    {
        var (rows, row, used, at) = (new List<string>(), "", 0, 0);
        var (cursorRow, cursorColumn) = (0, 0);
        foreach (var element in DisplayText.Elements(draft.Text))
        {
            if (at++ == draft.Cursor) (cursorRow, cursorColumn) = (rows.Count, used);
            if (element == "\n")
            {
                rows.Add(row);
                (row, used) = ("", 0);
                continue;
            }

            var shown = DisplayText.Clean(element);
            var cells = DisplayText.Width(shown);
            if (used + cells > width)
            {
                rows.Add(row);
                (row, used) = ("", 0);
                if (at - 1 == draft.Cursor) (cursorRow, cursorColumn) = (rows.Count, 0);
            }

            row += shown;
            used += cells;
        }

        if (at == draft.Cursor) (cursorRow, cursorColumn) = (rows.Count, used);
        rows.Add(row);
        return (rows, cursorRow, cursorColumn);
    }
}
