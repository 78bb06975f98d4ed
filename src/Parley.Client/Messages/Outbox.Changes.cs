using Microsoft.Extensions.Logging;

namespace Parley.Client;

/// <content>What is no message: its answers, and conversations that turn out to have another id than was chosen.</content>
internal sealed partial class Outbox
{
    /// <summary>Of conversations that were there already when they were to be created: the chosen id, and theirs.</summary>
    private readonly Dictionary<ConversationId, ConversationId> _moved = [];

    /// <summary>The id that a conversation has, of one that this device chose.</summary>
    public ConversationId IdOf(ConversationId chosen)
    {
        lock (_gate) return _moved.GetValueOrDefault(chosen, chosen);
    }

    /// <summary>The reads that are not settled yet, of one conversation or of all.</summary>
    public IReadOnlyList<OutgoingChange> Reads(ConversationId? conversation = null) => Changes(conversation, request => request is MarkRead { All: false });

    /// <summary>The conversations that are still to be made: the one of this id, or all.</summary>
    public IReadOnlyList<OutgoingChange> Creations(ConversationId? chosen = null) => Changes(chosen, request => request is CreateConversation);

    private IReadOnlyList<OutgoingChange> Changes(ConversationId? conversation, Func<object, bool> which)
    {
        lock (_gate)
        {
            var lanes = conversation is null ? _lanes.Values : _lanes.TryGetValue(new LaneKey(conversation), out var lane) ? [lane] : Enumerable.Empty<Lane>();
            return [.. lanes.SelectMany(one => one.State.Unsettled()).OfType<OutgoingChange>().Where(change => which(change.Change.Request))];
        }
    }

    /// <summary>Whose first waits for another lane: looked at again when something ends, and not all lanes for each message.</summary>
    private readonly HashSet<LaneKey> _held = [];

    private bool Holds(Outgoing first)
    {
        if (!Awaits(first)) return false;
        _held.Add(new LaneKey(first.Lane));
        return true;
    }

    /// <summary>Something ended: it may be what they wait for.</summary>
    private void PumpHeld()
    {
        if (_held.Count == 0) return;
        LaneKey[] held = [.. _held];
        _held.Clear();
        foreach (var key in held) Pump(LaneOf(key.Conversation));
    }

    /// <summary>Whether what it passes on is not there yet: the conversation was handed in before it and is to be made, or the message to be sent. In no circle, for each waits for an earlier one.</summary>
    private bool Awaits(Outgoing item) =>
        item is OutgoingChange { LeftDevice: false, Change.Request: ForwardMessage forward } && _lanes.TryGetValue(new LaneKey(forward.From), out var lane)
        && lane.State.Unsettled().Any(one => one.Order < item.Order && (one is OutgoingChange { Change.Request: CreateConversation } || (one as OutgoingMessage)?.Message == forward.Original));

    private void Answered(Lane lane, Link link, OutgoingChange change, Answer<object> answer)
    {
        if (answer.Value is { } told) hooks.Answered(change.Change, told);
        lock (_gate)
        {
            if (answer.Value is { } value)
            {
                if (!change.IsDone && value is ConversationCreatedAnswer created && created.Conversation.Conversation != change.Lane) Move(lane, change, created);
                else lane.State.Answered(change, value);
            }
            else if (answer.Refusal is { } refusal && (link == _link || refusal.Retry == RetryPolicy.Never))
            {
                lane.State.Refused(change, refusal, Now, OutboxRequest.Send);
            }

            Pump(lane);
        }
    }

    /// <summary>What was handed in under the chosen id belongs to the older conversation (design §5). It is there in the store before anything of it is sent.</summary>
    private void Move(Lane lane, OutgoingChange create, ConversationCreatedAnswer answer)
    {
        var (chosen, older) = (create.Lane!.Value, answer.Conversation.Conversation);
        Log.Moved(_logger, chosen, older);
        _moved[chosen] = older;
        var items = lane.State.TakeWaiting();
        foreach (var item in items) item.Move(older);
        LaneOf(older).State.Merge(items);
        foreach (var message in items.OfType<OutgoingMessage>()) hooks.Entered(message);
        // What passes on a message of it. Of what has left already the bytes stay.
        Outgoing[] passing = [.. _lanes.Values.SelectMany(one => one.State.Unsettled()).Where(item => item.Source == chosen && item is { LeftDevice: false, IsBeingMarked: false })];
        foreach (var item in passing) item.MoveSource(older);
        items = [.. items.Union(passing)];
        // Who waits for the answer learns the id by it, and nobody else has the chosen one.
        if (_records is not null && (items.Count > 0 || create.Reported))
        {
            _ = MoveAsync(_records, lane, create, answer, items);
            return;
        }

        lane.State.Answered(create, answer);
        Pump(LaneOf(older));
    }

    private async Task MoveAsync(OutboxRecords records, Lane lane, OutgoingChange create, ConversationCreatedAnswer answer, IReadOnlyList<Outgoing> items)
    {
        var (chosen, older) = (create.Lane!.Value, answer.Conversation.Conversation);
        // What is being written still is written again before it leaves.
        Outgoing[] kept;
        lock (_gate)
        {
            kept = [.. items.Where(item => item.IsKept)];
            foreach (var item in kept) item.IsBeingMarked = true;
        }

        while (true)
        {
            try
            {
                await records.MoveAsync(chosen, older, _clock.GetUtcNow(), kept).ConfigureAwait(false);
                Worked();
                break;
            }
            catch (Exception failure)
            {
                Failed(failure);
                await Task.Delay(StorePause, _clock, CancellationToken.None).ConfigureAwait(false);
                lock (_gate)
                {
                    if (_ended) return;
                    kept = [.. kept.Where(item => !item.IsDone)];
                }
            }
        }

        lock (_gate)
        {
            foreach (var item in kept) item.IsBeingMarked = false;
            // Told when the store knows it: who dies before asks for the conversation again, and hears of the older one again.
            lane.State.Answered(create, answer);
            Pump(lane);
            Pump(LaneOf(older));
            foreach (var item in items) Pump(LaneOf(item.Lane));
        }
    }

    private void Write(OutgoingChange change, SendResult result)
    {
        var (method, conversation) = (change.Change.Method, change.Lane);
        switch (result)
        {
            case SendResult.Answered:
                Log.Made(_logger, method, conversation);
                break;
            case SendResult.Refused(var refusal):
                Log.NotMade(_logger, method, conversation, refusal.Code);
                break;
            case SendResult.NotSent(_, var why):
                Log.Unmade(_logger, method, conversation, why);
                break;
            case SendResult.Unknown(var why):
                Log.Unmade(_logger, method, conversation, why);
                break;
            case SendResult.NotKept(var failure):
                Log.ChangeNotKept(_logger, method, conversation, failure);
                break;
        }
    }
}
