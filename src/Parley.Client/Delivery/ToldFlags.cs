namespace Parley.Client;

/// <summary>How conversations stand in the user's inbox, as the program knows: it was told, or has read it. Of what is listed, only what differs is told. Pure.</summary>
/// <remarks>It keeps those of which something is said; and, before all were listed once, also those of which nothing is.</remarks>
internal sealed class ToldFlags
{
    private static readonly InboxFlags Nothing = new();

    private readonly Dictionary<ConversationId, InboxFlags> _told = [];

    /// <summary>Those that the program learned of while they are listed: the list may be older.</summary>
    private readonly HashSet<ConversationId> _meanwhile = [];
    private bool _isListing;
    private bool _isDoubtful;
    private bool _isComplete;

    /// <summary>Those that changed are asked for.</summary>
    public void Begin() => (_isListing, _isDoubtful) = (true, false);

    /// <summary>All that changed were listed; false when they are to be listed again, from as far back: some were told of meanwhile, and nobody knows what is newer.</summary>
    public bool End()
    {
        (_isListing, _isComplete) = (false, true);
        _meanwhile.Clear();
        foreach (var (conversation, _) in _told.Where(one => one.Value == Nothing).ToArray()) _told.Remove(conversation);
        return !_isDoubtful;
    }

    /// <summary>The program is told, or is answered, how a conversation stands.</summary>
    public void Heard(ConversationId conversation, InboxFlags? flags)
    {
        if (_isListing) _meanwhile.Add(conversation);
        Keep(conversation, flags ?? Nothing);
    }

    /// <summary>How a conversation stands, as far as that was told or read; null for not at all.</summary>
    public InboxFlags? Of(ConversationId conversation) => _told.GetValueOrDefault(conversation);

    /// <summary>What to tell of a conversation that is listed; null for nothing. When they are listed first nothing is news: the program reads what it shows.</summary>
    public InboxFlags? Listed(ConversationChange change)
    {
        if (change.Deleted)
        {
            _told.Remove(change.Conversation);
            return null;
        }

        var now = change.Flags ?? Nothing;
        var known = _told.GetValueOrDefault(change.Conversation) ?? (_isComplete ? Nothing : null);
        if (now == known) return null;
        if (_meanwhile.Contains(change.Conversation))
        {
            _isDoubtful = true;
            return null;
        }

        Keep(change.Conversation, now);
        return known is null ? null : now;
    }

    /// <summary>The server's history is another one.</summary>
    public void Clear()
    {
        _told.Clear();
        _meanwhile.Clear();
        _isComplete = false;
    }

    private void Keep(ConversationId conversation, InboxFlags flags)
    {
        if (_isComplete && flags == Nothing) _told.Remove(conversation);
        else _told[conversation] = flags;
    }
}
