namespace Parley.Client;

/// <content>Going on from what an earlier run kept, and asking for what a later one is to have.</content>
internal sealed partial class Follower
{
    private readonly Queue<ConversationId> _toLookAt = [];
    private readonly HashSet<ConversationId> _lookedFor = [];
    private readonly HashSet<ConversationId> _toRead = [];
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

    /// <summary>Has the server say how conversations are, as soon as it may be asked; what it answers is told as <see cref="Happening.Answered"/>.</summary>
    /// <param name="conversations">Which; of several calls each is asked for once.</param>
    /// <param name="withEntries">Those of which the newest entries are wanted, too.</param>
    public void LookAt(IEnumerable<ConversationId> conversations, IEnumerable<ConversationId> withEntries)
    {
        lock (_gate)
        {
            _toRead.UnionWith(withEntries);
            foreach (var conversation in conversations)
            {
                if (_lookedFor.Add(conversation)) _toLookAt.Enqueue(conversation);
            }

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
        if (_toLookAt.Count == 0 || !_changesAreComplete || _link is not { } link || link == _lookingOn) return;
        _lookingOn = link;
        _ = LookOnAsync(link);
    }

    private async Task LookOnAsync(Link link)
    {
        try
        {
            while (NextToLookAt(link) is { Length: > 0 } some)
            {
                var answer = await PatientlyAsync(link, Wire.GetConversations, new GetConversations(some)).ConfigureAwait(false);
                foreach (var conversation in WereLookedAt(link, some, answer))
                {
                    var page = await PatientlyAsync(link, Wire.ReadEntries, new ReadEntries(conversation, Limit: LiveConversation.FirstPage)).ConfigureAwait(false);
                    if (page.Value is { } newest) happened(new Happening.Answered(conversation, Page: newest));
                }
            }
        }
        catch (Exception error)
        {
            // A bug. What is opened or listed is kept all the same.
            Log.CatchUpFailed(_logger, error);
        }
    }

    private ConversationId[] NextToLookAt(Link link)
    {
        lock (_gate)
        {
            if (link != _link) return [];
            if (_toLookAt.Count == 0) _lookingOn = null;
            return [.. _toLookAt.Take(GetConversations.MaxConversations)];
        }
    }

    /// <summary>Tells the states, and answers of which of these conversations the entries are wanted. What got no answer the next session asks for.</summary>
    private ConversationId[] WereLookedAt(Link link, ConversationId[] some, Answer<ConversationStates> answer)
    {
        lock (_gate)
        {
            if (link != _link || answer.IsLost) return [];
            foreach (var conversation in some)
            {
                _toLookAt.Dequeue();
                _lookedFor.Remove(conversation);
            }

            foreach (var state in answer.Value?.Conversations ?? []) happened(new Happening.Answered(state.Conversation, state));
            return Array.FindAll(some, _toRead.Remove);
        }
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
