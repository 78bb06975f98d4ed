using System.Text.Json;
using Parley.Delivery;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary>Who is at the other end of a connection, from <c>session.open</c> until the token ends.</summary>
/// <remarks>The requests come one after another from the loop that receives; the sweep looks from another thread.</remarks>
internal sealed class Session(Connection connection, RealtimeGateway gateway)
{
    private const int MaxClientLength = 128;

    private long _expiresAt = long.MaxValue;
    private bool _begun;
    private bool _warned;

    /// <summary>Who asks; null until the session is open.</summary>
    public Caller? Caller { get; private set; }

    /// <summary>Where pushes go; null until the session is being opened.</summary>
    public Subscriber? Subscriber { get; private set; }

    /// <summary>Whether the first request came and was <c>session.open</c>.</summary>
    public bool HasBegun => Volatile.Read(ref _begun);

    /// <summary>Whether the session was opened.</summary>
    public bool IsOpen => Volatile.Read(ref _expiresAt) != long.MaxValue;

    /// <summary>Closes a connection that did anything else before it opened its session.</summary>
    public void RequireOpen()
    {
        if (Caller is null) connection.Close(CloseCode.Unauthorized);
    }

    /// <summary>Opens the session. A second time is a mistake that ends the connection, whatever the token says.</summary>
    public async ValueTask OpenAsync(byte[] id, ReadOnlyMemory<byte> json)
    {
        if (HasBegun)
        {
            connection.Refuse(id, Refusals.InvalidRequest.Because("the session is open; session.renew takes a new token"));
            connection.Close(CloseCode.BadSession);
            return;
        }

        Volatile.Write(ref _begun, true);
        var span = RequestTraces.Begin(Methods.OpenSession);
        var refusal = await OpenFirstAsync(id, json);
        span?.Answered(refusal);
    }

    /// <summary>Opens it, or closes the connection; the refusal if there is one.</summary>
    private async ValueTask<Refusal?> OpenFirstAsync(byte[] id, ReadOnlyMemory<byte> json)
    {
        var parsed = Command.Parse(json.Span, ProtocolJson.Strict.OpenSession);
        var judged = await JudgeAsync(parsed);
        if (judged.Refusal is { } refusal)
        {
            connection.Refuse(id, refusal);
            connection.Close(refusal == Refusals.RateLimited ? CloseCode.RateLimited : CodeOf(refusal));
            return refusal;
        }

        var (command, token) = (parsed.Value!, judged.Value!);
        var caller = new Caller(token.App, token.User, command.Device);
        Subscriber = new Subscriber(caller.Key, caller.Device, command.Receive ? Receives.Everything : Receives.AnswersOnly, connection.Queue);
        connection.Queue.Hold();
        gateway.Sessions.Opening(connection, caller.Key);
        var opened = await TryOpenAsync(caller, command, token);
        if (opened.Refusal is { } failed)
        {
            gateway.Metrics.Refused(failed);
            connection.Queue.ReleaseOnly(Answers.Error(id, failed));
            connection.Close(CodeOf(failed));
            return failed;
        }

        Caller = caller;
        Volatile.Write(ref _expiresAt, token.ExpiresAt.UtcTicks);
        connection.Queue.Release(id, opened.Value!);
        gateway.Sessions.Opened(connection, caller, command.Client, gateway.Clock.Now());
        connection.Opened(command.Client);
        return null;
    }

    /// <summary>Keeps the session past its token. A token of somebody else ends the connection; a bad one changes nothing.</summary>
    public async ValueTask RenewAsync(byte[] id, ReadOnlyMemory<byte> json)
    {
        var parsed = Command.Parse(json.Span, ProtocolJson.Strict.RenewSession);
        var verified = parsed.Refusal is null ? await gateway.Ports.Authenticate(parsed.Value!.Token, connection.Ended) : default;
        if ((parsed.Refusal ?? verified.Refusal) is { } refusal)
        {
            connection.Refuse(id, refusal);
            return;
        }

        var token = verified.Value!;
        if (token.App != Caller!.App || token.User != Caller.User)
        {
            connection.Refuse(id, Refusals.Unauthorized.Because("the token is of another user"));
            connection.Close(CloseCode.BadSession);
            return;
        }

        // In this order: a sweep in between must not warn of the old token once more.
        Volatile.Write(ref _expiresAt, token.ExpiresAt.UtcTicks);
        Volatile.Write(ref _warned, false);
        connection.Queue.Answer(id, JsonSerializer.SerializeToUtf8Bytes(new SessionRenewed(token.ExpiresAt), ProtocolJson.Lenient.SessionRenewed));
    }

    /// <summary>Warns before the token ends, and closes when it would not be taken any more.</summary>
    public void Sweep(DateTimeOffset now)
    {
        var ticks = Volatile.Read(ref _expiresAt);
        if (ticks == long.MaxValue) return;
        var expiresAt = new DateTimeOffset(ticks, TimeSpan.Zero);
        if (now >= expiresAt + TokenVerifier.ClockSkew)
        {
            connection.Close(CloseCode.Unauthorized);
        }
        else if (now >= expiresAt - gateway.Options.ExpiryWarning && !Volatile.Read(ref _warned))
        {
            Volatile.Write(ref _warned, true);
            connection.Queue.Answer(
                OriginAnswers.Notification(Methods.SessionExpiring, new SessionExpiring(expiresAt), ProtocolJson.Lenient.SessionExpiring));
        }
    }

    private async ValueTask<Outcome<VerifiedToken>> JudgeAsync(Outcome<OpenSession> parsed)
    {
        if (parsed.Refusal is { } invalid) return invalid;
        if (parsed.Value!.Client is { Length: > MaxClientLength })
            return Refusals.InvalidParams.Because($"$.client: expected at most {MaxClientLength} characters");
        // Without it nobody would notice that the changes since are of another history.
        if (parsed.Value is { Since: not null, Epoch: null }) return Refusals.InvalidParams.Because("$: epoch is missing, of which since is");

        var verified = await gateway.Ports.Authenticate(parsed.Value.Token, connection.Ended);
        return verified.Value is { } token && gateway.UserConnections.TakeOrWait(new Storage.UserKey(token.App, token.User)) is { } wait
            ? Refusals.RateLimited.After(wait).Because("sessions of this user")
            : verified;
    }

    /// <summary>What will be refused again is the client's mistake, not a failure of the server.</summary>
    private static CloseCode CodeOf(Refusal refusal) => refusal.Retry == RetryPolicy.Never ? CloseCode.Unauthorized : CloseCode.Internal;

    private async Task<Outcome<byte[]>> TryOpenAsync(Caller caller, OpenSession command, VerifiedToken token)
    {
        try
        {
            return await gateway.Ports.Open(caller, Subscriber!, command, token, connection.Ended);
        }
        catch (Exception failure)
        {
            return Request.Explain(gateway.Logger, failure, connection.Id, Methods.OpenSession, connection.Ended);
        }
    }
}
