using Parley.Client;

namespace Parley.Chat;

/// <summary>What Tab makes of a command that is being written: a command, the text of a message that is to be edited, or somebody in the conversation. Pure.</summary>
/// <param name="Text">The draft then.</param>
/// <param name="Candidates">What it could be, where that is more than one.</param>
internal sealed record ChatCompletion(string Text, IReadOnlyList<string> Candidates)
{
    /// <summary>Every command, in the order of the alphabet.</summary>
    public static IReadOnlyList<string> Commands { get; } =
        [.. ChatInput.Help.Split([' ', '\n']).Where(word => word is ['/', >= 'a' and <= 'z', ..]).Select(word => word.TrimEnd(',', ';', '.')).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Completes a draft; null when it is no command, and a tab is a tab.</summary>
    public static ChatCompletion? Of(string draft, Timeline? timeline)
    {
        if (!draft.StartsWith('/') || draft.StartsWith("//", StringComparison.Ordinal)) return null;
        if (!draft.Any(char.IsWhiteSpace)) return draft == "/edit" && TextOf(draft, timeline) is { } last ? last : Among("", draft, Commands);
        var words = draft.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words is ["/edit"] or ["/edit", ['#', ..]]) return TextOf(draft, timeline) ?? new ChatCompletion(draft, []);
        var start = draft.LastIndexOfAny([' ', '\n']) + 1;
        if (start < draft.Length && draft[start] == '@') start++;
        return start == draft.Length ? new ChatCompletion(draft, []) : Among(draft[..start], draft[start..], timeline?.Participants?.Keys.Select(user => user.Value) ?? []);
    }

    private static ChatCompletion? TextOf(string draft, Timeline? timeline) => timeline is not null && NamedMessage.In(draft, timeline) is { IsRecalled: false } message && NamedMessage.HasText(message.Content)
        ? new ChatCompletion($"{draft.TrimEnd()} {message.Content.PlainText()}", [])
        : null;

    private static ChatCompletion Among(string before, string begun, IEnumerable<string> known)
    {
        var candidates = known.Where(one => one.StartsWith(begun, StringComparison.Ordinal)).ToList();
        return candidates switch
        {
            [] => new ChatCompletion(before + begun, []),
            [var one] => new ChatCompletion($"{before}{one} ", []),
            _ => new ChatCompletion(before + CommonOf(candidates), candidates),
        };
    }

    private static string CommonOf(List<string> candidates)
    {
        var length = 0;
        while (candidates.All(one => one.Length > length && one[length] == candidates[0][length])) length++;
        return candidates[0][..length];
    }
}
