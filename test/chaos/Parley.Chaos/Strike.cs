namespace Parley.Chaos;

/// <summary>A fault that happened.</summary>
/// <param name="Fault">Which.</param>
/// <param name="Unanswered">Requests without an answer at that moment.</param>
/// <param name="PerSecond">Sends acknowledged a second before.</param>
/// <param name="Begun">When it began, in ticks of the run's clock.</param>
/// <param name="Restored">From when on the server could have served again.</param>
/// <param name="Over">When everything had been brought back.</param>
internal sealed record Strike(Fault Fault, int Unanswered, double PerSecond, long Begun, long Restored, long Over)
{
    /// <summary>At the moment of a fault at least so many requests must be without an answer: else it proves little.</summary>
    public const int WantedUnanswered = 50;

    /// <summary>Before a fault at least so many sends must be acknowledged each second.</summary>
    public const int WantedPerSecond = 1_000;

    public bool IsHard => Unanswered >= WantedUnanswered && PerSecond >= WantedPerSecond;
}
