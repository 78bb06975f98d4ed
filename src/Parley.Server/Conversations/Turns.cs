using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Keeps what one connection asks of one conversation in its order, while somebody outside thinks about a request of it. Nobody else waits.</summary>
internal sealed class Turns
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(Subscriber Who, ConversationKey Where), Queue<Func<Task>>> _waiting = [];
    private int _held;

    /// <summary>Whether anybody waits for anything. Cheap, for it is asked about each request.</summary>
    public bool Any => Volatile.Read(ref _held) > 0;

    /// <summary>Runs a step that takes its time: now, or when what its connection asked of the conversation before is done.</summary>
    /// <param name="who">The connection.</param>
    /// <param name="where">The conversation.</param>
    /// <param name="step">Never fails.</param>
    public void Take(Subscriber who, ConversationKey where, Func<Task> step)
    {
        lock (_gate)
        {
            if (_waiting.TryGetValue((who, where), out var waiting))
            {
                waiting.Enqueue(step);
                return;
            }

            _waiting.Add((who, where), new Queue<Func<Task>>(0));
            Volatile.Write(ref _held, _waiting.Count);
        }

        _ = RunAsync(who, where, step);
    }

    /// <summary>Runs a step when it is its turn; false when nothing is before it, and then it was not taken.</summary>
    public bool TryFollow(Subscriber who, ConversationKey where, Action step)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue((who, where), out var waiting)) return false;
            waiting.Enqueue(() =>
            {
                step();
                return Task.CompletedTask;
            });
            return true;
        }
    }

    private async Task RunAsync(Subscriber who, ConversationKey where, Func<Task> first)
    {
        for (var step = first; step is not null; step = Next(who, where)) await step();
    }

    private Func<Task>? Next(Subscriber who, ConversationKey where)
    {
        lock (_gate)
        {
            if (_waiting[(who, where)].TryDequeue(out var step)) return step;
            _waiting.Remove((who, where));
            Volatile.Write(ref _held, _waiting.Count);
            return null;
        }
    }
}
