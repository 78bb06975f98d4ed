namespace Parley.Content;

/// <summary>Who is receiving which upload. There is one at a time: a client that comes again has given up its earlier connection, which may hang for long.</summary>
internal sealed class UploadTurns
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ContentKey, Turn> _turns = [];

    /// <summary>Interrupts who has the turn, waits until what he received is safe, and takes it.</summary>
    public async Task<Turn> TakeAsync(ContentKey key, CancellationToken cancel)
    {
        while (true)
        {
            Turn? earlier;
            lock (_gate)
            {
                if (!_turns.TryGetValue(key, out earlier))
                {
                    var turn = new Turn(this, key);
                    _turns.Add(key, turn);
                    return turn;
                }
            }

            await earlier.InterruptAsync().WaitAsync(cancel);
        }
    }

    /// <summary>A turn; it ends when it is disposed.</summary>
    internal sealed class Turn(UploadTurns turns, ContentKey key) : IDisposable
    {
        private readonly CancellationTokenSource _interrupt = new();
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Somebody else came for the same upload.</summary>
        public CancellationToken Interrupted => _interrupt.Token;

        public async Task InterruptAsync()
        {
            await _interrupt.CancelAsync();
            await _ended.Task;
        }

        public void Dispose()
        {
            lock (turns._gate) turns._turns.Remove(key);
            _ended.TrySetResult();
        }
    }
}
