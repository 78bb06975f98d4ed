namespace Parley.Client;

/// <summary>How what was handed in ended.</summary>
internal abstract record SendResult
{
    /// <summary>A message is on the log.</summary>
    public sealed record Recorded(LogEntry Entry) : SendResult;

    /// <summary>A change was made, and the server said this.</summary>
    public sealed record Answered(object Answer) : SendResult;

    /// <summary>The server will not do it.</summary>
    public sealed record Refused(Refusal Refusal) : SendResult;

    /// <summary>It did not come about and never will.</summary>
    public sealed record NotSent(FailureReason Reason, string Why) : SendResult;

    /// <summary>Nobody knows.</summary>
    public sealed record Unknown(string Why) : SendResult
    {
        /// <summary>Whether nobody will ever know more: it cannot be cancelled, or the server will not.</summary>
        public bool IsLast { get; init; }
    }

    /// <summary>The store on the device did not take it, so it was not sent.</summary>
    public sealed record NotKept(LocalStoreException Why) : SendResult;
}
