using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Parley.Commands;
using Parley.Identity;
using Parley.Tests.Identity;

namespace Parley.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "Required command")]
    [InlineData("serv", "\"serv\" is nothing that parley knows. Did you mean serve?")]
    [InlineData("serve --url http://127.0.0.1:0", "\"--url\" is nothing that parley serve knows. Did you mean --urls?")]
    [InlineData("serve nonsense", "\"nonsense\" is nothing that parley serve knows.\n")]
    [InlineData("token", "'USER' missing")]
    [InlineData("token alice --lifetime 25h", "--lifetime is \"25h\", but must be a time from 1s to 24h")]
    [InlineData("token alice --lifetime soon", "--lifetime is \"soon\"")]
    public async Task A_wrong_command_line_says_what_is_wrong_and_answers_2(string line, string problem)
    {
        var (code, output, error) = await RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("parley: ", error, StringComparison.Ordinal);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.Contains("--help", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("config")]
    public async Task A_misspelt_setting_stops_a_command_with_1(string command)
    {
        var (code, _, error) = await RunAsync(command, "--data", _folder.Path, "--config", Write("""{ "Parley": { "Http": { "MaxHeader": 50 } } }"""));

        Assert.Equal((1, "parley: Parley:Http:MaxHeader is not a setting. Did you mean Parley:Http:MaxHeaders?\n"), (code, error));
    }

    [Theory, Trait("Row", "AU-18")]
    [InlineData("", "is empty")]
    [InlineData("put-32-random-bytes-of-your-own-here", "is a sample")]
    [InlineData("short", "has 5 bytes")]
    public async Task A_server_with_a_secret_that_can_be_guessed_does_not_start(string secret, string why)
    {
        var file = Write($$"""{ "Parley": { "Apps": { "shop": { "Keys": [ { "Secret": "{{secret}}" } ] } } } }""");

        var (code, _, error) = await RunAsync("serve", "--data", _folder.Path, "--config", file, "--urls", "http://127.0.0.1:0");

        Assert.Equal(1, code);
        Assert.StartsWith($"parley: Parley:Apps:shop:Keys:0:Secret {why}", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ nonsense", "is not a configuration")]
    [InlineData("""{ "a": 1, "a": 2 }""", "is not a configuration")]
    public async Task A_file_that_is_no_configuration_is_named(string text, string problem)
    {
        var file = Write(text);
        var (code, _, error) = await RunAsync("config", "--config", file);

        Assert.Equal(1, code);
        Assert.Contains($"{file} {problem}", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        var (code, _, error) = await RunAsync("config", "--config", _folder.File("none.json"));
        Assert.Equal((1, $"parley: There is no file {_folder.File("none.json")}: check --config.\n"), (code, error));
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var (code, _, error) = await RunAsync("serve", "--data", _folder.Path, "--urls", $"http://{taken.LocalEndpoint}");

        Assert.Equal(1, code);
        Assert.Contains($"{taken.LocalEndpoint}: address already in use: stop what listens there, or choose another address with --urls.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("http://localhost:65536")]
    [InlineData("http://127.0.0.1:0;http://localhost:port")]
    public async Task An_address_that_is_none_is_named(string urls)
    {
        var (code, _, error) = await RunAsync("serve", "--data", _folder.Path, "--urls", urls);

        Assert.Equal((1, $"parley: Parley:Http:Urls has \"{urls.Split(';')[^1]}\", but must be addresses like http://localhost:5080, with semicolons between them.\n"), (code, error));
    }

    [Fact]
    public async Task A_token_for_a_server_that_never_ran_is_refused_with_what_to_do()
    {
        var (code, output, error) = await RunAsync("token", "alice", "--data", _folder.Path);

        Assert.Equal((1, ""), (code, output));
        Assert.Contains($"{_folder.File("demo.secret")} does not exist: run parley serve first", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("demo.secret")));
    }

    [Theory]
    [InlineData("--url is \"localhost:5080\", but must be an address like http://localhost:5080.", "alice", "bob", "--url", "localhost:5080")]
    [InlineData("--url is \"ftp://localhost\", but must be an address like http://localhost:5080.", "alice", "bob", "--url", "ftp://localhost")]
    [InlineData("--conversation is \"lunch\", but must be the id of a conversation, like 0193f2a0-6c00-7000-8000-0000000000d1.", "alice", "--conversation", "lunch")]
    [InlineData("Say whom to talk to other than yourself.", "alice", "alice")]
    [InlineData("Say whom to talk to other than yourself.", "alice", "bob", "alice")]
    [InlineData("Say whom to talk to: parley chat USER PEER…", "alice")]
    [InlineData("Say whom to talk to: parley chat USER PEER…", "alice", "bob", "--conversation", "0193f2a0-6c00-7000-8000-0000000000a1")]
    [InlineData("Say whom to talk to: parley chat USER PEER…", "alice", "--group", "lunch", "--conversation", "0193f2a0-6c00-7000-8000-0000000000a1")]
    [InlineData("\"al ice\" is not a user id: use 1 to 128 of", "al ice", "bob")]
    [InlineData("\"b/b\" is not a user id: use 1 to 128 of", "alice", "b/b")]
    public async Task A_chat_that_cannot_be_is_refused_with_what_to_do(string problem, params string[] arguments)
    {
        var (code, _, error) = await RunAsync(["chat", "--token", "t", .. arguments]);
        Assert.Equal(1, code);
        Assert.StartsWith($"parley: {problem}", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("al ice", "\"al ice\" is not a user id")]
    [InlineData("..", "\"..\" is not a user id")]
    public async Task A_token_is_for_a_user(string user, string problem)
    {
        var (code, _, error) = await RunAsync("token", user, "--data", _folder.Path);
        Assert.Equal(1, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("@alice")]
    [InlineData("auth0|alice")]
    public async Task A_token_of_the_demo_app_is_what_the_server_takes(string user)
    {
        await using var server = ServeCommand.Build(new ServerArguments(null, _folder.Path, "http://127.0.0.1:0"));
        var (code, token, _) = await RunAsync("token", user, "--data", _folder.Path, "--lifetime", "90s");

        Assert.Equal(0, code);
        Assert.Equal(("demo", new UserId(user)), await VerifiedAsync(server.Configuration, token.TrimEnd()));
    }

    [Fact]
    public async Task A_token_of_a_configured_app_is_signed_with_its_key()
    {
        var file = Write($$"""{ "Parley": { "Apps": { "shop": { "Issuer": "https://shop.example", "Keys": [ { "Id": "a", "Secret": "{{Forge.Secret}}" } ] } } } }""");
        await using var server = ServeCommand.Build(new ServerArguments(file, _folder.Path, "http://127.0.0.1:0"));

        var (_, token, _) = await RunAsync("token", "alice", "--app", "shop", "--config", file);
        var (code, _, error) = await RunAsync("token", "alice", "--config", file);

        Assert.Equal(("shop", new UserId("alice")), await VerifiedAsync(server.Configuration, token.TrimEnd()));
        Assert.Equal((1, "parley: There is no app \"demo\" in the configuration, only shop: choose one with --app.\n"), (code, error));
    }

    [Theory]
    [InlineData("\"Keys\": [ { \"PublicKey\": \"<pem>\" } ]")]
    [InlineData("\"KeySet\": \"https://id.example/keys\", \"Issuer\": \"https://id.example\"")]
    public async Task An_app_with_public_keys_only_is_signed_for_elsewhere(string app)
    {
        var file = Write($$"""{ "Parley": { "Apps": { "shop": { {{app.Replace("<pem>", Signer.Ec().Pem.ReplaceLineEndings("\\n"))}} } } } }""");

        var (code, output, error) = await RunAsync("token", "alice", "--app", "shop", "--config", file);

        Assert.Equal((1, ""), (code, output));
        Assert.Equal("parley: The app \"shop\" has public keys only, with which tokens are verified and not made: get one from its backend or its identity provider.\n", error);
    }

    [Fact]
    public async Task An_app_with_a_secret_beside_public_keys_is_signed_for_with_that()
    {
        var file = Write($$"""{ "Parley": { "Apps": { "shop": { "Audience": "https://api.shop.example", "Keys": [ { "PublicKey": "{{Signer.Ec().Pem.ReplaceLineEndings("\\n")}}" }, { "Secret": "{{Forge.Secret}}" } ] } } } }""");
        await using var server = ServeCommand.Build(new ServerArguments(file, _folder.Path, "http://127.0.0.1:0"));

        var (_, token, _) = await RunAsync("token", "alice", "--app", "shop", "--config", file);

        Assert.Equal(("shop", new UserId("alice")), await VerifiedAsync(server.Configuration, token.TrimEnd()));
    }

    [Fact]
    public async Task Public_keys_are_shown_and_what_is_none_in_their_place_is_not()
    {
        using var secret = System.Security.Cryptography.ECDsa.Create();
        var (shown, hidden) = (Signer.Ec().Pem, secret.ExportPkcs8PrivateKeyPem());
        var file = Write($$"""
            { "Parley": { "Apps": { "shop": { "KeySet": "https://id.example/keys", "Issuer": "https://id.example", "Keys": [
              { "PublicKey": "{{shown.ReplaceLineEndings("\\n")}}" }, { "PublicKey": "{{hidden.ReplaceLineEndings("\\n")}}" }, { "PublicKey": "{{Forge.Secret}}" } ] } } } }
            """);

        var (_, output, error) = await RunAsync("config", "--config", file, "--data", _folder.Path);

        var lines = output.TrimEnd().Split('\n').Select(line => line.Split('\t')).ToDictionary(line => line[0], line => line[1]);
        Assert.Equal(shown.ReplaceLineEndings(" "), lines["Parley:Apps:shop:Keys:0:PublicKey"]);
        Assert.Equal("https://id.example/keys", lines["Parley:Apps:shop:KeySet"]);
        Assert.Equal(("********", "********"), (lines["Parley:Apps:shop:Keys:1:PublicKey"], lines["Parley:Apps:shop:Keys:2:PublicKey"]));
        Assert.DoesNotContain(hidden.Split('\n')[1], output + error, StringComparison.Ordinal);
        Assert.DoesNotContain(Forge.Secret, output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_set_at_an_address_that_is_not_allowed_stops_the_start()
    {
        var file = Write("""{ "Parley": { "Apps": { "shop": { "KeySet": "http://127.0.0.1:8080/keys", "Issuer": "https://id.example" } } } }""");

        var (code, _, error) = await RunAsync("serve", "--data", _folder.Path, "--config", file, "--urls", "http://127.0.0.1:0");

        Assert.Equal(1, code);
        Assert.Equal("parley: Parley:Apps:shop:KeySet leads to 127.0.0.1, which is not public: if that is meant, name it in Parley:Egress:AllowedNetworks.\n", error);
    }

    [Fact]
    public async Task Effective_settings_are_shown_with_their_source_and_without_secrets()
    {
        var file = Write($$"""{ "Parley": { "Http": { "MaxHeaders": 50 }, "Apps": { "shop": { "Keys": [ { "Secret": "{{Forge.Secret}}" } ] } } } }""");

        var (code, output, _) = await RunAsync("config", "--config", file, "--data", _folder.Path, "--urls", "http://127.0.0.1:7");

        Assert.Equal(0, code);
        Assert.DoesNotContain(Forge.Secret, output, StringComparison.Ordinal);
        var lines = output.TrimEnd().Split('\n').Select(line => line.Split('\t')).ToDictionary(line => line[0], line => (line[1], line[2]));
        Assert.Equal(("50", "file settings.json"), lines["Parley:Http:MaxHeaders"]);
        Assert.Equal(("http://127.0.0.1:7", "argument"), lines["Parley:Http:Urls"]);
        Assert.Equal(("262144", "default"), lines["Parley:Http:MaxBodyBytes"]);
        Assert.Equal(("********", "file settings.json"), lines["Parley:Apps:shop:Keys:0:Secret"]);
    }

    private static async Task<(string App, UserId User)> VerifiedAsync(Microsoft.Extensions.Configuration.IConfiguration configuration, string token)
    {
        using var services = new ServiceCollection().AddMetrics().AddLogging().AddServer(configuration).BuildServiceProvider();
        var apps = new AppDirectory(services.GetRequiredService<Microsoft.Extensions.Options.IOptions<AppsOptions>>().Value, _ => new Parley.Storage.AppId(1), _ => null);
        var verified = (await ActivatorUtilities.CreateInstance<TokenVerifier>(services, apps, TimeProvider.System).VerifyAsync(token, CancellationToken.None)).Value!;
        return (verified.AppName, verified.User);
    }

    private string Write(string text)
    {
        File.WriteAllText(_folder.File("settings.json"), text);
        return _folder.File("settings.json");
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] args) => CommandRun.OfAsync(args);
}
