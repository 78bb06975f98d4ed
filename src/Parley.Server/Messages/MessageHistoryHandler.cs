using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;

namespace Parley.Messages;

/// <summary><c>message.list</c> and <c>conversation.find</c>.</summary>
internal sealed class MessageHistoryHandler(MessageHistory history)
{
    public async Task HandleAsync(Caller caller, ListMessages query, Origin origin, CancellationToken cancel)
    {
        if (Fault(query) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var outcome = await history.ListAsync(caller.Key, query, query.Limit ?? ListMessages.MaxLimit, cancel);
        if (outcome.Value is { } page) origin.Answer(ConversationAnswers.Messages(page));
        else origin.Refuse(outcome.Refusal!);
    }

    public async Task HandleAsync(Caller caller, FindEntry query, Origin origin, CancellationToken cancel)
    {
        var outcome = await history.FindAsync(caller.Key, query, cancel);
        if (outcome.Value is { } found) origin.Answer(found, ProtocolJson.Lenient.EntryFound);
        else origin.Refuse(outcome.Refusal!);
    }

    private static Refusal? Fault(ListMessages query) => query switch
    {
        { Limit: < 1 or > ListMessages.MaxLimit } => Refusals.InvalidParams.Because($"$.limit: expected 1 to {ListMessages.MaxLimit}"),
        { Kinds.Count: 0 } => Refusals.InvalidParams.Because("$.kinds: expected 1 or more"),
        { Before.Value: < 1 } => Refusals.InvalidParams.Because("$.before: expected 1 or more"),
        { Since: { } since, Until: { } until } when since >= until => Refusals.InvalidParams.Because("$.since: expected a time before $.until"),
        _ => null,
    };
}
