namespace Parley.Client;

/// <content>Going on from what an earlier run kept, and asking for what a later one is to have.</content>
internal sealed partial class Follower
{
    private readonly KeptNeeds _needs = new();
    private Link? _lookingOn;

    /// <summary>Goes on from where an earlier run ended. Before the first session.</summary>
    public void Restore(KeptHistory history)
    {
        lock (_gate)
        {
            (_epoch, _since, _flagsSince) = (history.Epoch, history.Since, history.Since);
            foreach (var (conversation, position) in history.Positions)
            {
                if (position.Told is not { } told) continue;
                var one = Follow(conversation);
                (one.IsRoom, one.Ended) = (position.IsRoom, position.Ended);
                one.Track.SawHead(position.Seen);
                one.Track.Start(told, _ready);
                var untold = one.Receipts.Restore(history.Receipts.GetValueOrDefault(conversation), history.Sent.GetValueOrDefault(conversation, []));
                one.Receipts.Passed(told);
                Tell(one, untold);
            }

            if (history.Since is not null) _flags.Restore(history.Positions.Where(one => one.Value.Flags is not null).Select(one => KeyValuePair.Create(one.Key, one.Value.Flags!)));
        }
    }

    /// <summary>The server tells nothing from where on it was asked to: it names everything again.</summary>
    public void Outdated()
    {
        lock (_gate) _since = null;
    }

    /// <summary>Has the server say what is to be kept and nobody told, as soon as it may be asked; what it answers is told as <see cref="Happening.Answered"/>.</summary>
    public void LookAt(KeptNeeds needs)
    {
        lock (_gate)
        {
            _needs.Add(needs);
            LookOn();
        }
    }

    /// <summary>The program, or the client itself, is answered how a conversation is.</summary>
    public void Described(ConversationState state) => Answered(new Happening.Answered(state.Conversation, state));

    /// <summary>The program is answered how a list shows a conversation.</summary>
    public void Described(InboxItem item) => Answered(new Happening.Answered(item.Conversation, Item: item));

    /// <summary>A page of a log is answered.</summary>
    public void Described(EntriesPage page) => Answered(new Happening.Answered(page.Conversation, Page: page));

    private void Answered(Happening.Answered answered)
    {
        if (options.Receive == ReceiveMode.Everything) happened(answered);
    }

    private void LookOn()
    {
        if (_needs.IsEmpty || !_changesAreComplete || _link is not { } link || link == _lookingOn) return;
        _lookingOn = link;
        _ = LookOnAsync(link);
    }

    private async Task LookOnAsync(Link link)
    {
        try
        {
            while (NextNeeds(link) is { } needs)
            {
                if (await LookAsync(link, needs).ConfigureAwait(false)) continue;
                // The link is lost; the next session asks.
                lock (_gate) _needs.Add(needs);
                return;
            }
        }
        catch (Exception error)
        {
            // A bug. What is opened or listed is kept all the same.
            Log.CatchUpFailed(_logger, error);
        }
    }

    private KeptNeeds? NextNeeds(Link link)
    {
        lock (_gate)
        {
            if (link != _link) return null;
            if (_needs.Take() is { } needs) return needs;
            _lookingOn = null;
            return null;
        }
    }

    /// <summary>Asks for it; false when the link was lost.</summary>
    private async Task<bool> LookAsync(Link link, KeptNeeds needs)
    {
        if (needs.States.Count > 0)
        {
            var answer = await PatientlyAsync(link, Wire.GetConversations, new GetConversations([.. needs.States])).ConfigureAwait(false);
            foreach (var state in answer.Value?.Conversations ?? []) Described(state);
            if (answer.IsLost) return false;
        }

        foreach (var conversation in needs.Entries)
        {
            var answer = await PatientlyAsync(link, Wire.ReadEntries, new ReadEntries(conversation, Limit: LiveConversation.FirstPage)).ConfigureAwait(false);
            if (answer.Value is { } page) Described(page);
            if (answer.IsLost) return false;
        }

        return needs.Items.Count == 0 || (await ListAsync(link, needs.Items, isArchived: false).ConfigureAwait(false) && await ListAsync(link, needs.Items, isArchived: true).ConfigureAwait(false));
    }

    /// <summary>Lists conversations until none is missing, the last active first: those that are new are near the top.</summary>
    private async Task<bool> ListAsync(Link link, HashSet<ConversationId> missing, bool isArchived)
    {
        string? next = null;
        do
        {
            if (missing.Count == 0) return true;
            var answer = await PatientlyAsync(link, Wire.ListInbox, new ListInbox(ListInbox.MaxLimit, next, isArchived)).ConfigureAwait(false);
            foreach (var item in answer.Value?.Conversations ?? [])
            {
                missing.Remove(item.Conversation);
                Described(item);
            }

            if (answer.IsLost) return false;
            next = answer.Value?.Next;
        }
        while (next is not null);
        return true;
    }

    /// <summary>What comes after a place is to be told, once that is known.</summary>
    private void Start(FollowedConversation one, Sequence at)
    {
        if (one.Track.Applied is null)
        {
            one.Receipts.Passed(at);
            happened(new Happening.Started(one.Id, at));
        }

        one.Track.Start(at, _ready);
        Release(one);
    }

    private void TailIsAt(FollowedConversation one, Sequence tail)
    {
        if (tail.Value > 1) happened(new Happening.TailMoved(one.Id, tail));
    }

    /// <summary>A later run must know it before a cursor of theirs moves.</summary>
    private void Joined(FollowedConversation one, IReadOnlyList<UserId> users, Sequence at)
    {
        if (one.Receipts.Joined(users, at)) happened(new Happening.Marked(one.Id, one.Receipts.Marks));
    }
}
