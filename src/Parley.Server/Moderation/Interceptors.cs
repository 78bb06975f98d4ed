using Microsoft.Extensions.Logging;
using Parley.Storage;

namespace Parley.Moderation;

/// <summary>Whoever is asked before a message is recorded: interceptors of the host, then the app's hook.</summary>
internal sealed partial class Interceptors(
    IReadOnlyList<IMessageInterceptor> own, Func<AppId, MessageHook?> hooks, Func<AppId, string> names, TimeProvider clock, ILogger<Interceptors> logger)
{
    /// <summary>How long one of the host's may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whether anybody is asked.</summary>
    public bool Any(AppId app) => own.Count > 0 || hooks(app) is not null;

    public string NameOf(AppId app) => names(app);

    /// <summary>What becomes of a message after all were asked.</summary>
    /// <param name="app">The app.</param>
    /// <param name="message">The message.</param>
    /// <param name="check">Whether content is in order: what an interceptor makes of it is looked at as what a client sends.</param>
    public async Task<Intercepted> AskAsync(AppId app, InterceptedMessage message, Func<MessageContent, Refusal?> check)
    {
        foreach (var interceptor in own)
        {
            if (await AskAsync(interceptor, message) is not { } verdict) return new Intercepted(message.Content, Refusals.Internal);
            ModerationMetrics.Asked(verdict.Kind.ToString().ToLowerInvariant());
            if (Apply(verdict, check, ref message) is { } end) return end;
        }

        if (hooks(app) is not { } hook) return new Intercepted(message.Content, null);
        if (await hook.AskAsync(message, CancellationToken.None) is not { } said) return new Intercepted(message.Content, Refusals.ModerationUnavailable);
        return Apply(said, check, ref message) ?? new Intercepted(message.Content, null);
    }

    private Intercepted? Apply(MessageVerdict verdict, Func<MessageContent, Refusal?> check, ref InterceptedMessage message)
    {
        switch (verdict.Kind)
        {
            case VerdictKind.Refuse:
                return new Intercepted(message.Content, Because(verdict.Reason));
            case VerdictKind.Hold:
                return new Intercepted(message.Content, Refusals.Held) { Reason = verdict.Reason };
            case VerdictKind.Edit when check(verdict.Content!) is { } fault:
                // Recording what the sender wrote is what the interceptor did not want.
                Log.BadEdit(logger, fault.Code, fault.Detail);
                return new Intercepted(message.Content, Refusals.ModerationUnavailable);
            case VerdictKind.Edit:
                message = message with { Content = verdict.Content! };
                return null;
            default:
                return null;
        }
    }

    private async Task<MessageVerdict?> AskAsync(IMessageInterceptor interceptor, InterceptedMessage message)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        try
        {
            return await interceptor.InterceptAsync(message, patience.Token).AsTask().WaitAsync(Patience, clock, CancellationToken.None);
        }
        catch (Exception failure)
        {
            Log.Failed(logger, failure, interceptor.GetType().Name);
            ModerationMetrics.Asked(failure is TimeoutException or OperationCanceledException ? "timeout" : "failed");
            return null;
        }
    }

    private static Refusal Because(string? reason) => reason is null ? Refusals.Intercepted : Refusals.Intercepted.Because(reason);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The interceptor {Interceptor} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string interceptor);

        [LoggerMessage(2, LogLevel.Error, "An interceptor changed a message to what is in no order: {Code} {Detail}")]
        public static partial void BadEdit(ILogger logger, string code, string? detail);
    }
}

/// <summary>What interceptors said of a message.</summary>
/// <param name="Content">What is recorded.</param>
/// <param name="Refusal">Why it is not; null when it is.</param>
internal sealed record Intercepted(MessageContent Content, Refusal? Refusal)
{
    /// <summary>Why it is held, for whoever decides.</summary>
    public string? Reason { get; init; }
}
