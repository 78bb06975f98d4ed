namespace Parley.Client;

/// <summary>Everything that changes something and is no new message: kept, sent and sent again as messages are, in one order with them.</summary>
/// <remarks>
/// With a <see cref="ParleyClientOptions.Store"/> the methods that change something (<see cref="Messages.EditAsync"/>, <see cref="Receipts.MarkReadAsync(ConversationId, Sequence, CancellationToken)"/>, <see cref="Conversations.CreateAsync"/> and so on)
/// go the same way: they complete with the answer, and are tried until <see cref="ParleyClientOptions.SendTimeout"/> is over. What is true only of this moment is not kept: typing, presence, being in a room, devices, and reading <em>all</em>.
/// </remarks>
public sealed class Changes
{
    private readonly Outbox _outbox;
    private readonly Requests _requests;
    private readonly ChangeAnswers _answers;

    internal Changes(Outbox outbox, Requests requests, ChangeAnswers answers) => (_outbox, _requests, _answers) = (outbox, requests, answers);

    /// <summary>What was handed in and is not settled, in the order in which it was handed in; also what an earlier client left, once the store is open (<see cref="ParleyClient.ConnectAsync"/>). Messages are in their timelines.</summary>
    public IReadOnlyList<Change> Waiting => _outbox.Waiting();

    /// <summary>
    /// Hands a change in, and completes when the <see cref="ParleyClientOptions.Store"/> has it: from then on it is made whatever happens to the program, after all that was handed in for the same conversation before.
    /// <see cref="ParleyClient.ChangeSettled"/> tells how it ended, of this client or the next.
    /// </summary>
    /// <remarks>
    /// Without a store it completes at once, and what is not sent ends with the client. When <see cref="ParleyClientOptions.SendTimeout"/> is over, what never left the device is not sent any more, and of what may have left nobody knows: both are
    /// told.
    /// </remarks>
    /// <param name="change">What.</param>
    /// <param name="cancel">Gives up waiting for the store to open; nothing is sent then.</param>
    /// <exception cref="LocalStoreException">The store did not take it, and it is not sent.</exception>
    public Task QueueAsync(Change change, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return _outbox.QueueAsync(new OutgoingChange(change, TimeSpan.Zero), cancel);
    }

    /// <summary>Says that the user has read: where there is a store it completes when that has it, else with the answer.</summary>
    /// <param name="read">What.</param>
    /// <param name="ahead">Of single messages: where they are.</param>
    /// <param name="cancel">Gives up waiting.</param>
    internal Task ReadAsync(Change read, IReadOnlyList<Sequence> ahead, CancellationToken cancel) =>
        _outbox.Keeps ? _outbox.QueueAsync(new OutgoingChange(read, TimeSpan.Zero) { Ahead = ahead }, cancel) : MakeAsync<ReceiptCursors>(read, cancel);

    /// <summary>The reads that wait, of one conversation or of all.</summary>
    internal IReadOnlyList<OutgoingChange> Reads(ConversationId? conversation = null) => _outbox.Reads(conversation);

    /// <summary>The conversations that are still to be made: the one of this id, or all.</summary>
    internal IReadOnlyList<OutgoingChange> Creations(ConversationId? chosen = null) => _outbox.Creations(chosen);

    /// <summary>The id that a conversation has, of one that this device chose.</summary>
    internal ConversationId IdOf(ConversationId chosen) => _outbox.IdOf(chosen);

    /// <summary>Makes a change and answers what the server said: by the outbox where there is a store, else by asking now.</summary>
    internal async Task<TAnswer> MakeAsync<TAnswer>(Change change, CancellationToken cancel)
        where TAnswer : class
    {
        if (!_outbox.Keeps) return (TAnswer)await change.Kind.AskAsync(_requests, change, answer => _answers.Landed(change, answer), cancel).ConfigureAwait(false);
        var item = new OutgoingChange(change, TimeSpan.Zero);
        var result = await _outbox.SendAsync(item, cancel).ConfigureAwait(false);
        return result is SendResult.Answered answered ? (TAnswer)answered.Answer : throw item.Failure(result)!;
    }
}
