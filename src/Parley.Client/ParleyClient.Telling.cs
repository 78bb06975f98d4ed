namespace Parley.Client;

/// <content>How it tells: one thing at a time, in order, to those who look at it first and then to listeners.</content>
public sealed partial class ParleyClient
{
    private const int MostAtOnce = 500;

    private async Task TellAsync()
    {
        var batch = new List<Happening>();
        while (await _happenings.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            // What waits together is looked at together, up to where another history begins.
            while (batch.Count < MostAtOnce && batch is not [.., Happening.Reset] && _happenings.Reader.TryRead(out var next)) batch.Add(next);
            foreach (var happening in _kept is null ? batch : await _kept.ReadyAsync(batch).ConfigureAwait(false))
            {
                foreach (var typing in TypingAfter(happening)) TellAll(new Happening.TypingChangedTo(typing));
                TellAll(happening);
            }

            Interlocked.Add(ref _untold, -batch.Count);
        }
    }

    private void TellAll(Happening happening)
    {
        if (happening is Happening.InTurn turn)
        {
            turn.Act();
            turn.Done.TrySetResult();
            return;
        }

        LiveConversation[] live;
        ConversationList[] lists;
        lock (_gate) (live, lists) = ([.. _live], [.. _lists]);
        foreach (var conversation in live) conversation.Hear(happening);
        foreach (var list in lists) list.Hear(happening);
        if (happening is Happening.Entry(var entry, var origin)) _streams.Write(entry, origin);
        Teller.Tell(() =>
        {
            Tell(happening);
            _kept?.Told(happening);
        });
        if (happening is Happening.Edited edited) edited.Done.TrySetResult();
    }

    /// <summary>What becomes of those who type, and has to be told before what happened.</summary>
    private IReadOnlyList<TypingChanged> TypingAfter(Happening happening)
    {
        var now = Options.TimeProvider.GetElapsedTime(_start);
        IReadOnlyList<TypingChanged> changes = happening switch
        {
            Happening.Typed(var told) => _typists.Hear(told, now) is { } change ? [change] : [],
            Happening.Entry(var entry, _) => _typists.Hear(entry),
            Happening.TimePassed => _typists.Pass(now),
            Happening.StateChanged({ State: not ConnectionState.Open }) => _typists.Lose(),
            _ => [],
        };
        if (happening is Happening.Typed or Happening.TimePassed)
            _typingTimer.Change(_typists.IsEmpty ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        return changes;
    }

    private void Tell(Happening happening)
    {
        if (happening is Happening.Settled({ Message.Handle: { } handle } ended)) handle.Hear(this, ended.Result, ended.Message.Failure(ended.Result));
        switch (happening)
        {
            case Happening.Entry(var entry, var origin):
                _listeners.Call(EntryReceived, this, nameof(EntryReceived), new EntryEventArgs(entry));
                if (entry.Event is MessageEdited said) _listeners.Call(MessageChanged, this, nameof(MessageChanged), new MessageChangedEventArgs(entry, said.Message, said.Content));
                if (entry.Event is MessageRecalled recalled) _listeners.Call(MessageChanged, this, nameof(MessageChanged), new MessageChangedEventArgs(entry, recalled.Message, content: null));
                if (entry.Event is MessageSent message)
                {
                    var args = new MessageEventArgs(entry, message, _connection.IsInBackground);
                    if (origin == EntryOrigin.Own) _listeners.Call(MessageSent, this, nameof(MessageSent), args);
                    else _listeners.Call(MessageReceived, this, nameof(MessageReceived), args);
                }

                if (_acknowledges) _acknowledger.HandedOver(entry.Conversation, entry.Sequence, origin);
                break;
            case Happening.Receipt(var conversation, var told, _):
                var receipt = new MessageReceiptEventArgs(conversation, told);
                if (told.Step == ReceiptStep.Read) _listeners.Call(MessageRead, this, nameof(MessageRead), receipt);
                else _listeners.Call(MessageDelivered, this, nameof(MessageDelivered), receipt);
                break;
            case Happening.Cursors(var moved):
                _listeners.Call(ReceiptMoved, this, nameof(ReceiptMoved), new ReceiptMovedEventArgs(moved));
                break;
            case Happening.RefusedElsewhere(var refused):
                _listeners.Call(MessageRefusedElsewhere, this, nameof(MessageRefusedElsewhere), new MessageRefusedEventArgs(refused));
                break;
            case Happening.Expired(var expired):
                _listeners.Call(MessagesExpired, this, nameof(MessagesExpired), new MessagesExpiredEventArgs(expired));
                break;
            case Happening.ToldOnline(var online):
                _listeners.Call(OnlineMessageReceived, this, nameof(OnlineMessageReceived), new OnlineMessageEventArgs(online));
                break;
            case Happening.Removed(var removed):
                _listeners.Call(MessagesRemoved, this, nameof(MessagesRemoved), new MessagesRemovedEventArgs(removed));
                break;
            case Happening.Room(var changed):
                _listeners.Call(RoomChanged, this, nameof(RoomChanged), new RoomChangedEventArgs(changed));
                break;
            case Happening.Ended(var which, var end):
                _listeners.Call(ConversationEnded, this, nameof(ConversationEnded), new ConversationEndedEventArgs(which, end));
                break;
            case Happening.Shelved(var changed):
                _listeners.Call(InboxChanged, this, nameof(InboxChanged), new InboxChangedEventArgs(changed));
                break;
            case Happening.Invitations(var of):
                _listeners.Call(InvitationsChanged, this, nameof(InvitationsChanged), new InvitationsChangedEventArgs(of));
                break;
            case Happening.Reached(var state):
                Presence.Tell(state);
                break;
            case Happening.TypingChangedTo(var typing):
                _listeners.Call(TypingChanged, this, nameof(TypingChanged), new TypingEventArgs(typing, typing.User == _session?.User));
                break;
            case Happening.Profile(var profile):
                Users.Tell(_listeners, profile);
                break;
            case Happening.ContactMoved(var contact):
                Contacts.Tell(_listeners, contact);
                break;
            case Happening.BlocksMoved(var blocked):
                Blocks.Tell(_listeners, blocked);
                break;
            case Happening.StoreFailed(var failure):
                _listeners.Call(StoreFailed, this, nameof(StoreFailed), new StoreFailedEventArgs(failure));
                break;
            case Happening.StateChanged(var change):
                _listeners.Call(StateChanged, this, nameof(StateChanged), change);
                break;
            case Happening.Reset(var which):
                if (which is null) _acknowledger.Forget();
                _listeners.Call(HistoryReset, this, nameof(HistoryReset), new HistoryResetEventArgs(which));
                break;
            case Happening.ChangeSettled({ Late: true, Result: not (SendResult.Unknown { IsLast: false } or SendResult.NotKept) } report):
                _listeners.Call(ChangeSettled, this, nameof(ChangeSettled), new ChangeSettledEventArgs((OutgoingChange)report.Item, report.Result));
                break;
            case Happening.Settled({ Late: true, Result: not (SendResult.Unknown { IsLast: false } or SendResult.NotKept) } report):
                _listeners.Call(MessageSettled, this, nameof(MessageSettled), new MessageSettledEventArgs(report.Message, report.Result));
                break;
        }
    }
}
