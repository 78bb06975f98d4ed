namespace Parley.Egress;

/// <summary>Something could not be fetched. The message says why, for the operator, as the end of a sentence; nothing of an answer is in it.</summary>
internal sealed class EgressException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether it took too long, and nothing else is known to be wrong.</summary>
    public bool IsLate { get; init; }
}
