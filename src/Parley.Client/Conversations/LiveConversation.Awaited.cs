namespace Parley.Client;

/// <content>Before it is made: asked for, and the server does not know of it yet.</content>
public sealed partial class LiveConversation
{
    private ConversationId _id;

    /// <summary>Whether it is still to be made.</summary>
    private bool _isAwaited;

    /// <summary>As which it is followed; null for not at all. Guarded by the client.</summary>
    internal ConversationId? Followed { get; set; }

    /// <summary>Shows it as it will be while it is still to be made, with what waits for it. False where it is made, or nobody asked for it; then its id is the one that it has.</summary>
    private async Task<bool> ShowAwaitedAsync(CancellationToken cancel)
    {
        try
        {
            await _client.OpenStoreAsync(cancel).ConfigureAwait(false);
        }
        catch (LocalStoreException)
        {
            // Whoever opens the store hears what is wrong with it.
            return false;
        }

        lock (_gate)
        {
            if (_client.Changes.Creations(_id) is not [var creation] || _client.Me is not { } me)
            {
                _id = _client.Changes.IdOf(_id);
                return false;
            }

            var timeline = Timeline.At(AwaitedConversation.StateOf(creation, me), me);
            foreach (var message in _client.Messages.Unsettled(_client.Changes.IdOf(_id))) timeline = timeline.Send(message.Message, message.Content);
            foreach (var happening in _meanwhile) timeline = Apply(timeline, happening).Timeline;
            _meanwhile.Clear();
            (_timeline, _isLoading, _isAwaited) = (timeline, false, true);
            return true;
        }
    }

    /// <summary>Whether what is sent to this conversation is sent to this one, also before it is known to everybody that it has another id.</summary>
    private bool IsSentHere(ConversationId conversation)
    {
        lock (_gate) return conversation == _id || (_isAwaited && conversation == _client.Changes.IdOf(_id));
    }

    private bool IsAwaiting(OutgoingChange creation)
    {
        lock (_gate) return _isAwaited && creation.Lane == _id;
    }

    /// <summary>Whether it is made has been decided: it goes on as what it is, perhaps an older one.</summary>
    private void Created(SendResult creation)
    {
        // The client closes; the next one goes on.
        if (creation is SendResult.Unknown { IsLast: false }) return;
        lock (_gate)
        {
            _isAwaited = false;
            if (creation is SendResult.Answered { Answer: ConversationCreatedAnswer made }) _id = made.Conversation.Conversation;
        }

        if (creation is SendResult.Answered or SendResult.Unknown)
        {
            _client.Follow(this);
            Reload();
        }
        else
        {
            // There is none, and what waits for it is told as refused.
            _client.Happened(new Happening.Edited(this, now => now.Close(ConversationEnd.Left)));
        }
    }
}
