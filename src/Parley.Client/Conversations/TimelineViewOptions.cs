namespace Parley.Client;

/// <summary>How much a <see cref="TimelineView"/> loads and holds.</summary>
public sealed class TimelineViewOptions
{
    /// <summary>How many entries are loaded at a time, 1 to <see cref="ReadEntries.MaxLimit"/>.</summary>
    public int PageSize { get; init; } = LiveConversation.FirstPage;

    /// <summary>The most items that are held, at least two pages. When there are more, those at the other end are let go, and loaded again when they are looked at.</summary>
    public int MaxItems { get; init; } = 500;

    internal string? Problem() =>
        PageSize is < 1 or > ReadEntries.MaxLimit ? $"A page has 1 to {ReadEntries.MaxLimit} entries."
        : MaxItems < 2 * PageSize ? "A window holds two pages at least."
        : null;
}
