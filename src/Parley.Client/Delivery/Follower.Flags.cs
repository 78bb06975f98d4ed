namespace Parley.Client;

/// <content>How conversations stand in the user's own inbox: what another of his devices said while this one was away, or too slow to be told.</content>
internal sealed partial class Follower
{
    private readonly ToldFlags _flags = new();

    /// <summary>Where the list of changes goes on from which all flags were told; null before the first.</summary>
    private string? _flagsSince;
    private bool _isListing;
    private bool _isToList;

    /// <summary>The program is answered how a conversation stands.</summary>
    public void Answered(ConversationId conversation, InboxFlags? flags)
    {
        if (options.Receive == ReceiveMode.AnswersOnly) return;
        lock (_gate) _flags.Heard(conversation, flags);
    }

    /// <summary>How a conversation stands, as far as the client knows; null for not at all.</summary>
    public InboxFlags? FlagsOf(ConversationId conversation)
    {
        lock (_gate) return _flags.Of(conversation);
    }

    private void Shelved(InboxChanged changed)
    {
        lock (_gate)
        {
            _flags.Heard(changed.Conversation, changed.Flags);
            happened(new Happening.Shelved(changed));
        }
    }

    private void ForgetFlags()
    {
        _flags.Clear();
        _flagsSince = null;
    }

    /// <summary>A session begins, and with it what changed since the last one is listed.</summary>
    private void BeginFlags()
    {
        (_isListing, _isToList) = (false, false);
        _flags.Begin();
    }

    private void TellFlags(ConversationChange change)
    {
        if (_flags.Listed(change) is { } flags) happened(new Happening.Shelved(new InboxChanged(change.Conversation, flags)));
    }

    /// <summary>What changed before the session was listed to its end.</summary>
    private void FlagsAreListed(string since)
    {
        if (_flags.End()) _flagsSince = since;
        else (_flagsSince, _isToList) = (_flagsSince ?? since, true);
        ListFlags();
    }

    /// <summary>The connection was behind, and then the server drops what is not an entry.</summary>
    private void MissedFlags()
    {
        _isToList = true;
        ListFlags();
    }

    private void ListFlags()
    {
        if (!_isToList || _isListing || !_changesAreComplete || _link is not { } link) return;
        _isListing = true;
        _ = ListFlagsAsync(link);
    }

    private async Task ListFlagsAsync(Link link)
    {
        try
        {
            while (NextListing(link) is { } since)
            {
                for (var more = true; more;)
                {
                    var page = (await PatientlyAsync(link, Wire.ReadChanges, new ReadChanges(since)).ConfigureAwait(false)).Value;
                    if (!Listed(link, page)) return;
                    (since, more) = (page!.Since, page.More);
                }

                WasListed(link, since);
            }
        }
        catch (Exception error)
        {
            // A bug. The next head tries again, and so does the next session.
            Log.CatchUpFailed(_logger, error);
            Listed(link, page: null);
        }
    }

    /// <summary>Where to list from; null when there is nothing to list any more.</summary>
    private string? NextListing(Link link)
    {
        lock (_gate)
        {
            if (link != _link) return null;
            _isListing = _isToList;
            if (!_isToList) return null;
            _isToList = false;
            _flags.Begin();
            return _flagsSince;
        }
    }

    /// <summary>Tells what differs; false when going on makes no sense now.</summary>
    private bool Listed(Link link, InboxChanges? page)
    {
        lock (_gate)
        {
            if (link != _link) return false;
            foreach (var change in page?.Conversations ?? []) TellFlags(change);
            return _isListing = page is not null;
        }
    }

    private void WasListed(Link link, string since)
    {
        lock (_gate)
        {
            if (link != _link) return;
            if (_flags.End()) _flagsSince = since;
            else _isToList = true;
        }
    }
}
