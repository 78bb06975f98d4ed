namespace Parley.Client;

/// <summary>A change for which nobody waits, because it was queued, given up after it had left, or left by an earlier client, has come to its end.</summary>
public sealed class ChangeSettledEventArgs : EventArgs
{
    internal ChangeSettledEventArgs(OutgoingChange change, SendResult result)
    {
        Change = change.Change;
        Answer = (result as SendResult.Answered)?.Answer;
        Failure = change.Failure(result);
    }

    /// <summary>Which: the object that was handed in, where this client took it and its conversation has the id that it was made with; else another that says the same.</summary>
    public Change Change { get; }

    /// <summary>What the server said: a <see cref="LogEntry"/>, <see cref="ReceiptCursors"/>, a <see cref="ConversationCreatedAnswer"/>, and so on, as the method of the same name answers. Null when it was not made, or nobody knows.</summary>
    public object? Answer { get; }

    /// <summary>The entry that records it, where there is one.</summary>
    public LogEntry? Entry => Answer as LogEntry ?? (Answer as ConversationCreatedAnswer)?.Entry;

    /// <summary>Why it was not made, or that nobody knows: a <see cref="ParleyRefusedException"/>, a <see cref="ChangeNotSentException"/> or a <see cref="ChangeUnknownException"/>. Null when it was made.</summary>
    public ParleyException? Failure { get; }
}
