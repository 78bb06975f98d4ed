namespace Parley.Client;

/// <summary>How a link ended: with the server's close code, or with an error, or with neither when this side ended it.</summary>
internal sealed record LinkEnd(int? CloseStatus, Exception? Error);

/// <summary>What an open session is asked over. Requests go out in the order they are posted; answers and notifications are handed on one at a time, in the order they came.</summary>
/// <remarks>
/// What is handed on runs on the link's own loop and must not wait for anything of this link. Every posted request is answered, refused or lost, exactly once.
/// <see cref="SocketLink"/> is the one over a socket; what asks does not know it, so that it can be run over another one.
/// </remarks>
internal abstract class Link
{
    /// <summary>Sends a request; <paramref name="done"/> hears how it ended, on the link's loop, or at once when the link has ended.</summary>
    public abstract void Post<TRequest, TAnswer>(Method<TRequest, TAnswer> method, TRequest request, Action<Answer<TAnswer>> done)
        where TAnswer : class;

    /// <summary>Sends a request and waits for how it ended. Cancelling stops waiting only.</summary>
    public abstract Task<Answer<TAnswer>> AskAsync<TRequest, TAnswer>(Method<TRequest, TAnswer> method, TRequest request, CancellationToken cancel)
        where TAnswer : class;

    /// <summary>Ends the link at once, without telling the server.</summary>
    public abstract void Abort();
}
