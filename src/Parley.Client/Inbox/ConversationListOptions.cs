namespace Parley.Client;

/// <summary>What a <see cref="ConversationList"/> shows. What the user hid is in none until something new is in it, and rooms are in none.</summary>
public sealed class ConversationListOptions
{
    /// <summary>True for the conversations that are archived; else those that are not.</summary>
    public bool Archived { get; init; }

    /// <summary>Whether only those are shown in which something is unread, or that are marked so. One that is read goes.</summary>
    public bool UnreadOnly { get; init; }

    /// <summary>Of this kind only; null for all.</summary>
    public ConversationKind? Kind { get; init; }

    /// <summary>How many are loaded at a time, 1 to <see cref="ListInbox.MaxLimit"/>. Those that are pinned come beside them, all at first.</summary>
    public int PageSize { get; init; } = 50;

    /// <summary>Whether profiles of the others in direct conversations are asked for, fifty with one request.</summary>
    public bool Profiles { get; init; } = true;
}
