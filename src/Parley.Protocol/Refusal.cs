namespace Parley;

/// <summary>Why the server will not do what it understood. Clients branch on <see cref="Code"/>, which never changes once released.</summary>
/// <param name="Code">Stable name on the wire, <c>error.data.code</c>.</param>
/// <param name="Number">Stable number on the wire, <c>error.code</c>.</param>
/// <param name="Status">HTTP status at the HTTP edge.</param>
/// <param name="Retry">Whether the same request, unchanged, may succeed later.</param>
/// <param name="Meaning">One sentence for the developer who reads it: what was wrong and what to do.</param>
/// <remarks>Two refusals are equal when they are the same row of the catalogue (<see cref="Refusals"/>), whatever their details.</remarks>
public sealed record Refusal(string Code, int Number, int Status, RetryPolicy Retry, string Meaning)
{
    /// <summary>What exactly, where the row says it in general: the member at fault, the limit passed. Never content.</summary>
    public string? Detail { get; init; }

    /// <summary>What Agora Chat and the web client of its SDK call it: the <c>type</c> of an error there; null for what has no number there (A08-A17, B06).</summary>
    public int? Agora { get; init; }

    /// <summary>When to ask again; null when asking again will not help, or at the client's own pace.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>This row, saying what exactly.</summary>
    public Refusal Because(string detail) => this with { Detail = detail };

    /// <summary>This row, saying when to ask again.</summary>
    public Refusal After(TimeSpan wait) => this with { RetryAfter = wait };

    /// <summary>Rows are compared by code.</summary>
    public bool Equals(Refusal? other) => other is not null && other.Code == Code;

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Code, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Detail is null ? $"{Code}: {Meaning}" : $"{Code}: {Meaning} ({Detail})";
}

/// <summary>Whether asking again with the same request may help.</summary>
public enum RetryPolicy
{
    /// <summary>The answer will be the same.</summary>
    Never,

    /// <summary>Ask again, unchanged, after a while.</summary>
    Later,
}
