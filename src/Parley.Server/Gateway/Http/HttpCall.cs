using Parley.Delivery;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary>A request that came over HTTP. It has no connection to push to: all devices of the user, his asking one too, get what it causes as notifications.</summary>
/// <param name="gateway">What all requests share.</param>
/// <param name="name">What the operator finds it under in the log, and the client in a header.</param>
/// <param name="asker">Who asks.</param>
/// <param name="command">What is asked.</param>
/// <param name="gone">Nobody waits any more.</param>
internal sealed class HttpCall(RealtimeGateway gateway, string name, HttpAsker asker, HandledCommand command, CancellationToken gone) : Request(command)
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<HttpAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource? _reading = command.IsRead ? CancellationTokenSource.CreateLinkedTokenSource(gone) : null;

    public override Caller Caller => asker.User!;

    public override PlatformCaller? Platform => asker.Platform;

    public override CancellationToken Cancel => _reading?.Token ?? CancellationToken.None;

    protected override RealtimeGateway Gateway => gateway;

    protected override string Name => name;

    protected override string System => RequestTraces.Http;

    /// <summary>Waits for its outcome. Whoever does not wait any longer, or may not, ends a read with it; a write goes on, and is recorded or not.</summary>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="gone">The client went away.</param>
    /// <exception cref="OperationCanceledException">It went away.</exception>
    public async Task<HttpAnswer> OutcomeAsync(TimeSpan deadline, CancellationToken gone)
    {
        try
        {
            return await _answer.Task.WaitAsync(deadline, gateway.Clock, gone);
        }
        catch (TimeoutException)
        {
            return (Asked.IsRead ? Refusals.Overloaded : Refusals.OutcomeUnknown).After(AskAgainAfter).Because(name);
        }
        finally
        {
            if (_reading is not null)
            {
                // In this order: what still reads may ask a token that was cancelled, and none of a source that is gone.
                await _reading.CancelAsync();
                _reading.Dispose();
            }
        }
    }

    protected override void Finish(ReadOnlyMemory<byte> json) => _answer.SetResult(new HttpAnswer { Json = json });

    protected override void Finish(Refusal refusal) => _answer.SetResult(refusal);
}
