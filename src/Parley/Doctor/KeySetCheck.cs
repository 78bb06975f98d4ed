using System.Runtime.CompilerServices;
using Parley.Egress;
using Parley.Identity;

namespace Parley.Doctor;

/// <summary>Whether the key sets of identity providers can be fetched from here, under the server's own guard, and have keys that it can use.</summary>
internal static class KeySetCheck
{
    private const string Name = "key sets";

    public static async IAsyncEnumerable<Finding> RunAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var egress = new EgressClient(new AddressGuard(patient.Egress), patient.Clock);
        foreach (var (app, options) in patient.Apps)
        {
            if (options.KeySet is { } text) yield return await LookAsync(app, new KeySetSource(text), egress, cancel);
        }
    }

    private static async Task<Finding> LookAsync(string app, KeySetSource source, EgressClient egress, CancellationToken cancel)
    {
        string problem;
        try
        {
            if (Jwks.Read(await source.ReadAsync(egress, cancel), out problem) is { } set)
                return Finding.Ok(Name, $"the key set of the app {app} has {set.Keys.Count} keys for its tokens");
        }
        catch (EgressException failure)
        {
            problem = failure.Message;
        }

        return Finding.Fail(
            Name, $"the key set of the app {app} {problem}",
            $"Check Parley:Apps:{app}:KeySet; docs/guide/identity-providers.md says what each problem usually is. Until it is fetched, its users cannot come in.");
    }
}
