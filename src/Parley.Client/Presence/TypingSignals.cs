namespace Parley.Client;

/// <summary>Says that the user types, as often as others are told and no more: a program calls it at every key.</summary>
/// <remarks>Asked once and never again: a word about typing that comes late is wrong. What the connection loses, the next key says.</remarks>
internal sealed class TypingSignals(Requests requests, TimeProvider clock)
{
    /// <summary>The server passes on one in this time.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Dictionary<ConversationId, (TypingState State, long At)> _said = [];

    public Task SayAsync(ConversationId conversation, TypingState state, CancellationToken cancel)
    {
        lock (_gate)
        {
            var isNews = !_said.TryGetValue(conversation, out var before) || before.State != state || clock.GetElapsedTime(before.At) >= Every;
            if (state == TypingState.Stopped)
            {
                if (!_said.Remove(conversation)) return Task.CompletedTask;
            }
            else
            {
                if (!isNews) return Task.CompletedTask;
                _said[conversation] = (state, clock.GetTimestamp());
            }
        }

        return requests.AskOnceAsync(Wire.SetTyping, new SetTyping(conversation, state), cancel);
    }

    /// <summary>A message is sent: it ends typing, and the next key begins it anew.</summary>
    public void Sent(ConversationId conversation)
    {
        lock (_gate) _said.Remove(conversation);
    }
}
