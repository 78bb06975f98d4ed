using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Doctor;

/// <summary>Whether a token that is signed with an app's first key is taken by the server's own verification.</summary>
internal static class TokenCheck
{
    private const string Name = "tokens";

    /// <summary>Whom a token of doctor lets in. Nobody can be surprised by his messages: he never sends any.</summary>
    public static readonly UserId User = new("parley-doctor");

    public static IEnumerable<Finding> Run(Patient patient)
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var verifier = new TokenVerifier(
            new AppDirectory(patient.Apps, _ => new AppId(1)), patient.Clock, NullLogger<TokenVerifier>.Instance, services.GetRequiredService<IMeterFactory>());
        foreach (var (app, options) in patient.Apps)
        {
            var verified = verifier.Verify(new TokenIssuer(app, options, patient.Clock).Issue(User, TimeSpan.FromMinutes(1)));
            yield return verified.Value is { } token && token.AppName == app
                ? Finding.Ok(Name, $"a token of the app {app} is verified")
                : Finding.Fail(Name, $"a token signed with the first key of the app {app} is refused", $"Check Parley:Apps:{app}; two apps with the same key need different names in aud.");
        }
    }
}
