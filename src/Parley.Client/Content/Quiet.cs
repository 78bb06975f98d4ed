namespace Parley.Client;

/// <summary>Ends an attempt on which nothing moves for a minute: a connection may be dead without anybody saying so.</summary>
/// <param name="clock">The clock of it.</param>
/// <param name="cancel">Ends the attempt too.</param>
internal sealed class Quiet(TimeProvider clock, CancellationToken cancel) : IDisposable
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _silence = new(Most, clock);
    private CancellationTokenSource? _either;

    /// <summary>Ends what waits for the other side.</summary>
    public CancellationToken Token => (_either ??= CancellationTokenSource.CreateLinkedTokenSource(_silence.Token, cancel)).Token;

    /// <summary>Something moved.</summary>
    public void Moved() => _silence.CancelAfter(Most);

    public void Dispose()
    {
        _either?.Dispose();
        _silence.Dispose();
    }
}
