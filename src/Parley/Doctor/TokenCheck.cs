using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Doctor;

/// <summary>Whether a token that is signed with an app's first secret is taken by the server's own verification. Without a secret nobody here can sign.</summary>
internal static class TokenCheck
{
    private const string Name = "tokens";

    /// <summary>Whom a token of doctor lets in. Nobody can be surprised by his messages: he never sends any.</summary>
    public static readonly UserId User = new("parley-doctor");

    public static async IAsyncEnumerable<Finding> RunAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var verifier = new TokenVerifier(
            new AppDirectory(patient.Apps, _ => new AppId(1), _ => null), patient.Clock, NullLogger<TokenVerifier>.Instance,
            services.GetRequiredService<IMeterFactory>());
        foreach (var (app, options) in patient.Apps.Where(app => TokenIssuer.CanSign(app.Value)))
        {
            var verified = await verifier.VerifyAsync(new TokenIssuer(app, options, patient.Clock).Issue(User, TimeSpan.FromMinutes(1)), cancel);
            yield return verified.Value is { } token && token.AppName == app
                ? Finding.Ok(Name, $"a token of the app {app} is verified")
                : Finding.Fail(Name, $"a token signed with the first secret of the app {app} is refused", $"Check Parley:Apps:{app}; two apps with the same key need different names in aud.");
        }
    }
}
