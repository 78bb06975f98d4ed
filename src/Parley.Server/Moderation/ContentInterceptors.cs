using Microsoft.Extensions.Logging;
using Parley.Storage;

namespace Parley.Moderation;

/// <summary>Makes an address at which a file is fetched by who is asked about it: until he has answered, and no longer than for a time.</summary>
internal delegate AskedAddress AddressFile(TimeSpan time);

/// <summary>Where a file is fetched by who is asked about it.</summary>
/// <param name="Url">A path on this server.</param>
/// <param name="End">To be called when he has answered.</param>
internal sealed record AskedAddress(string Url, Action End);

/// <summary>Whoever is asked about what was uploaded: interceptors of the host, then the app's hook.</summary>
internal sealed partial class ContentInterceptors(
    IReadOnlyList<IContentInterceptor> own, Func<AppId, MessageHook?> hooks, Func<AppId, string> names, TimeProvider clock, ILogger<ContentInterceptors> logger)
{
    /// <summary>How long one of the host's may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string NameOf(AppId app) => names(app);

    /// <summary>Why a file is not taken; null when all let it pass.</summary>
    public async Task<Refusal?> AskAsync(AppId app, InterceptedContent content, AddressFile addressed, CancellationToken cancel)
    {
        foreach (var interceptor in own)
        {
            if (await AskAsync(interceptor, content) is { } refusal) return refusal;
        }

        if (hooks(app) is not { } hook) return null;
        var address = addressed(hook.ContentTimeout);
        try
        {
            return await hook.AskAsync(content, address.Url, cancel) switch
            {
                null => Refusals.ModerationUnavailable,
                { Kind: VerdictKind.Pass } => null,
                var verdict => Because(verdict.Reason),
            };
        }
        finally
        {
            address.End();
        }
    }

    private async Task<Refusal?> AskAsync(IContentInterceptor interceptor, InterceptedContent content)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        try
        {
            var verdict = await interceptor.InterceptAsync(content, patience.Token).AsTask().WaitAsync(Patience, clock, CancellationToken.None);
            ModerationMetrics.Asked(verdict.IsRefused ? "refuse" : "pass");
            return verdict.IsRefused ? Because(verdict.Reason) : null;
        }
        catch (Exception failure)
        {
            Log.Failed(logger, failure, interceptor.GetType().Name);
            ModerationMetrics.Asked(failure is TimeoutException or OperationCanceledException ? "timeout" : "failed");
            return Refusals.Internal;
        }
    }

    private static Refusal Because(string? reason) => reason is null ? Refusals.ContentRefused : Refusals.ContentRefused.Because(reason);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The interceptor {Interceptor} of content failed")]
        public static partial void Failed(ILogger logger, Exception exception, string interceptor);
    }
}
