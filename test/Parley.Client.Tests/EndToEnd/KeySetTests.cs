using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

public sealed class KeySetTests
{
    [Fact]
    public async Task A_client_waits_for_a_server_that_has_no_keys_of_its_provider_yet()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var folder = Directory.CreateTempSubdirectory("parley-client-tests-");
        var file = Path.Combine(folder.FullName, "keys.json");
        await using var server = await RunningServer.StartAsync(Engine.Sqlite, ("Apps:demo:KeySet", file), ("Apps:demo:Issuer", "https://id.example"));
        var asked = 0;
        var alice = server.ClientWith(() =>
        {
            asked++;
            return Token(key);
        });
        var told = new Told(alice);

        var connecting = alice.ConnectAsync();
        await UntilAsync(() => told.States.Any(change => change.Refusal == Refusals.KeysUnavailable), "alice is told to come again");
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        await File.WriteAllTextAsync(file, $$"""{"keys":[{"kty":"EC","crv":"P-256","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}]}""");
        await connecting;

        Assert.Equal(ConnectionState.Open, alice.State);
        Assert.Equal(1, asked);
        folder.Delete(recursive: true);
    }

    private static string Token(ECDsa key)
    {
        string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
        var ends = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        var signed = $"{Encode("""{"alg":"ES256"}""")}.{Encode($$"""{"iss":"https://id.example","aud":"demo","sub":"alice","exp":{{ends}}}""")}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }
}
