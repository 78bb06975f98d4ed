using System.Text.RegularExpressions;

namespace Parley.Moderation;

/// <summary>All lists of an app, as one: what becomes of a text that somebody wants to be read. Immutable, pure.</summary>
internal sealed class Screen
{
    /// <summary>Of an app without lists: lets everything pass.</summary>
    public static readonly Screen None = new([]);

    /// <summary>As many lists as fit into the bits of what was found: those of the configuration and those of the backend.</summary>
    public const int MaxLists = 64;

    private const char Mask = '*';

    private readonly IReadOnlyList<CompiledList> _lists;
    private readonly WordMatcher? _words;
    private readonly (Regex Pattern, int List)[] _patterns;
    private readonly ulong _refusing;
    private readonly ulong _masking;
    private readonly ulong _flagging;

    public Screen(IReadOnlyList<CompiledList> lists)
    {
        _lists = lists;
        (_refusing, _masking, _flagging) = (Of(WordAction.Refuse), Of(WordAction.Mask), Of(WordAction.Flag));
        _patterns = [.. lists.SelectMany((list, number) => list.Patterns.Select(pattern => (pattern, number)))];
        if (lists.Any(list => list.Words.Count > 0)) _words = WordMatcher.Of(lists.SelectMany((list, number) => list.Words.Select(word => (word, number))), _masking);

        ulong Of(WordAction action) => lists.Select((list, number) => list.Action == action ? 1UL << number : 0).Aggregate(0UL, (all, one) => all | one);
    }

    /// <summary>Whether there is nothing to look for.</summary>
    public bool IsEmpty => _words is null && _patterns.Length == 0;

    /// <summary>What becomes of a message. Null when it is recorded as it is, and nobody is told.</summary>
    public Screened? Check(MessageContent content, MessageNotification? notification)
    {
        if (IsEmpty) return null;
        var found = 0UL;
        MessagePart[]? parts = null;
        for (var index = 0; index < content.Parts.Count; index++)
        {
            var part = content.Parts[index];
            var (body, name) = (part.Kind == ContentKind.Text ? part.Body : null, part.Name);
            var (inBody, inName) = (Find(ref body), Find(ref name));
            if ((inBody & _refusing) != 0) return Refused($"$.content.parts[{index}].body");
            if ((inName & _refusing) != 0) return Refused($"$.content.parts[{index}].name");
            found |= inBody | inName;
            if (((inBody | inName) & _masking) != 0) (parts ??= [.. content.Parts])[index] = part with { Body = body ?? part.Body, Name = name };
        }

        var (inPush, push) = Check(notification);
        if ((inPush & _refusing) != 0) return Refused("$.notification");
        found |= inPush;
        return found == 0 ? null : new Screened(null, parts is null ? content : content with { Parts = parts }, push, NamesOf(found & _flagging));
    }

    /// <summary>Whether something may be called so. A title is never masked: who gives it sees why, and gives another.</summary>
    /// <param name="text">The title; null for none.</param>
    /// <param name="member">Of the request.</param>
    public Refusal? CheckTitle(string? text, string member) =>
        !IsEmpty && (Find(ref text) & (_refusing | _masking)) != 0 ? Refusals.Filtered.Because(member) : null;

    private (ulong Found, MessageNotification? Notification) Check(MessageNotification? notification)
    {
        if (notification is null) return (0, null);
        var (title, text) = (notification.Title, notification.Text);
        var found = Find(ref title) | Find(ref text);
        var recipients = notification.Recipients;
        foreach (var (user, own) in notification.Recipients ?? EmptyRecipients)
        {
            var (ownTitle, ownText) = (own.Title, own.Text);
            var inOwn = Find(ref ownTitle) | Find(ref ownText);
            found |= inOwn;
            if ((inOwn & _masking) != 0) recipients = new Dictionary<UserId, RecipientNotification>(recipients!) { [user] = own with { Title = ownTitle, Text = ownText } };
        }

        return (found, (found & _masking) == 0 ? notification : notification with { Title = title, Text = text, Recipients = recipients });
    }

    /// <summary>The lists of which a text has words, as bits; where words are masked the text is replaced.</summary>
    private ulong Find(ref string? text)
    {
        if (string.IsNullOrEmpty(text)) return 0;
        var folded = FoldedText.Of(text);
        List<(int Start, int End)>? spans = _masking == 0 ? null : [];
        var found = _words?.Find(folded.Units, spans) ?? 0;
        foreach (var (pattern, list) in _patterns)
        {
            var bit = 1UL << list;
            if ((bit & _masking) == 0)
            {
                if ((found & bit) == 0 && pattern.IsMatch(folded.Units)) found |= bit;
                continue;
            }

            foreach (var match in pattern.EnumerateMatches(folded.Units))
            {
                found |= bit;
                if (match.Length > 0) spans!.Add((match.Index, match.Index + match.Length));
            }
        }

        if (spans is { Count: > 0 }) text = Masked(text, folded, spans);
        return found;
    }

    /// <summary>The text with a star for each code point of the words: as long as it was, as people and limits count.</summary>
    private static string Masked(string text, FoldedText folded, List<(int Start, int End)> spans)
    {
        var hidden = new bool[text.Length];
        foreach (var (start, end) in spans)
        {
            var (from, to) = folded.SourceOf(start, end);
            hidden.AsSpan(from, to - from).Fill(true);
        }

        return string.Create(text.Length - text.Where((unit, index) => hidden[index] && char.IsLowSurrogate(unit)).Count(), (text, hidden), static (shown, state) =>
        {
            var length = 0;
            for (var index = 0; index < state.text.Length; index++)
            {
                if (!state.hidden[index]) shown[length++] = state.text[index];
                else if (!char.IsLowSurrogate(state.text[index])) shown[length++] = Mask;
            }
        });
    }

    private static Screened Refused(string member) => new(Refusals.Filtered.Because(member), MessageContent.None, null, []);

    private string[] NamesOf(ulong lists) => lists == 0 ? [] : [.. _lists.Where((_, number) => (lists & (1UL << number)) != 0).Select(list => list.Name)];

    private static readonly Dictionary<UserId, RecipientNotification> EmptyRecipients = [];
}

/// <summary>What becomes of a message that has words of a list.</summary>
/// <param name="Refusal">Why it is not recorded; null when it is.</param>
/// <param name="Content">What is recorded.</param>
/// <param name="Notification">What a push says.</param>
/// <param name="Flags">The lists because of which a report is made.</param>
internal sealed record Screened(Refusal? Refusal, MessageContent Content, MessageNotification? Notification, IReadOnlyList<string> Flags);
