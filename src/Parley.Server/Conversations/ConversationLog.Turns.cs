using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Requests that somebody outside thinks about before they enter the log.</summary>
internal sealed partial class ConversationLog
{
    private readonly Turns _turns = new();

    /// <summary>Takes the request that comes of thinking. What the same connection asks of the same conversation meanwhile is taken after it.</summary>
    /// <param name="key">The conversation.</param>
    /// <param name="origin">Who is answered, also when thinking fails.</param>
    /// <param name="think">Starts when what came before it has been taken. It is given what takes the request; where it waits for what becomes of that, the others wait too.</param>
    public void RecordAfter(ConversationKey key, Origin origin, Func<Action<LogRequest>, Task> think)
    {
        // Over HTTP each request stands for itself.
        if (origin.Subscriber is { } who) _turns.Take(who, key, () => ThinkAsync(origin, think));
        else _ = ThinkAsync(origin, think);
    }

    private async Task ThinkAsync(Origin origin, Func<Action<LogRequest>, Task> think)
    {
        try
        {
            await think(Enter);
        }
        catch (Exception exception)
        {
            Log.RuleFailed(logger, exception);
            origin.Refuse(Refusals.Internal);
        }
    }

    /// <summary>Whether the request waits behind one of its connection that somebody thinks about.</summary>
    private bool Follows(LogRequest request) =>
        request.Origin.Subscriber is { } who && _turns.TryFollow(who, request.Key, () => Enter(request));
}
