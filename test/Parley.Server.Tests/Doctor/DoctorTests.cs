using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Parley.Storage;
using Parley.Tests.Commands;
using Parley.Tests.Identity;

namespace Parley.Tests.Doctor;

/// <summary>The command on a machine where something is wrong. What no test may do to a machine is judged in <see cref="JudgementTests"/>.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Before_the_first_start_all_is_well_and_nothing_is_made()
    {
        var (code, output, error) = await RunAsync("--data", _folder.File("data"));

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("the first start makes it", output, StringComparison.Ordinal);
        Assert.Contains("OK    address: http://127.0.0.1:", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory, EveryEngine]
    public async Task A_running_server_is_reached_as_its_clients_reach_it(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var url = $"http://{server.Address}";

        var (_, output, _) = await RunAsync("--config", ConfigurationOf(server), "--urls", url, "--url", url, "--damage");

        Assert.Contains("OK    tokens: a token of the app demo is verified", output, StringComparison.Ordinal);
        Assert.Contains($"OK    address: {url}: a server answers, and its database does", output, StringComparison.Ordinal);
        Assert.Contains($"OK    server: WebSockets work and a session opens (parley/", output, StringComparison.Ordinal);
        Assert.Contains($"OK    database: 0 entries of 0 conversations, schema {Migrator.Migrations().Count}", output, StringComparison.Ordinal);
        if (engine == Engine.Sqlite) Assert.Contains("the file is not damaged", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_the_server_refuses_is_told_with_its_code()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        var file = Write($$"""{ "Parley": { "Apps": { "demo": { "Keys": [ { "Secret": "{{Forge.Secret}}" } ] } } } }""");

        var (code, output, _) = await RunAsync("--config", file, "--data", _folder.Path, "--url", $"http://{server.Address}");

        Assert.Equal(1, code);
        Assert.Contains("FAIL  server: WebSockets work, but no session opens (unauthorized)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_set_is_fetched_as_the_server_would_and_no_session_is_tried_that_nobody_here_can_sign_for()
    {
        await using var provider = await KeySetServer.StartAsync(Signer.Ec("ec-1"), Signer.Rsa("rsa-1"));
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        string Configured(string network) => Write(
            $$"""{ "Parley": { "Apps": { "demo": { "KeySet": "http://localhost:{{provider.Url.Port}}{{provider.Url.AbsolutePath}}", "Issuer": "https://id.example" } }, "Egress": { "AllowedNetworks": [ "{{network}}", "::1" ] } } }""");

        var (_, output, _) = await RunAsync("--config", Configured("127.0.0.1"), "--data", _folder.Path, "--url", $"http://{server.Address}");
        Assert.Contains("OK    key sets: the key set of the app demo has 2 keys for its tokens", output, StringComparison.Ordinal);
        Assert.DoesNotContain("tokens: a token", output, StringComparison.Ordinal);
        Assert.Contains("WARN  server: WebSockets work; no session was tried\n      The app \"demo\" has public keys only", output, StringComparison.Ordinal);

        var (code, refused, _) = await RunAsync("--config", Configured("10.0.0.1"), "--data", _folder.Path);
        Assert.Equal(1, code);
        Assert.Contains("FAIL  key sets: the key set of the app demo leads to 127.0.0.1, which is not public", refused, StringComparison.Ordinal);
        Assert.Equal(1, provider.Fetches);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_once()
    {
        var (code, output, _) = await RunAsync("--data", _folder.Path, "--url", "http://127.0.0.1:1");

        Assert.Equal(1, code);
        Assert.Contains("FAIL  server: http://127.0.0.1:1/ does not answer", output, StringComparison.Ordinal);
        Assert.EndsWith("1 failed.\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Parley": { "Limts": { "Strikes": 3 } } }""", "FAIL  configuration: Parley:Limts:Strikes is not a setting.")]
    [InlineData("""{ "Parley": { "Limits": { "Strikes": 0 } } }""", "FAIL  configuration: Parley:Limits:Strikes ")]
    [InlineData("""{ "Parley": { "Apps": { "shop": { "Keys": [ { "Secret": "short" } ] } } } }""", "FAIL  configuration: Parley:Apps:shop:Keys:0:Secret has 5 bytes")]
    [InlineData("""{ "Parley": { "Storage": { "Engine": "Postgres" } } }""", "FAIL  database: Parley:Storage:Engine is Postgres, so Parley:Storage:PostgresConnectionString must say")]
    [InlineData("""{ "Parley": { "Storage": { "Engine": "Postgres", "PostgresConnectionString": "Host=127.0.0.1;Port=1;Username=x" } } }""", "FAIL  database: PostgreSQL cannot be read")]
    [InlineData("""{ "Parley": { "Storage": { "MinFreeBytes": 1000000000000000 } } }""", "FAIL  disk space: ")]
    [InlineData("""{ "Parley": { "Limits": { "Connections": 1000000 } } }""", "open files: ")]
    [InlineData("""{ "Parley": { "Http": { "Urls": "nonsense" } } }""", "FAIL  address: nonsense is no address")]
    public async Task A_setting_that_cannot_work_is_told_and_answered_with_1(string settings, string told)
    {
        var (code, output, _) = await RunAsync("--config", Write(settings), "--data", _folder.Path);

        Assert.Contains(told, output, StringComparison.Ordinal);
        Assert.Equal(told.StartsWith("FAIL", StringComparison.Ordinal) ? 1 : 0, code);
    }

    [Fact]
    public async Task A_port_that_another_program_has_is_told()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        // Answers nothing that a server would.
        _ = AcceptAsync(taken);

        var (code, output, _) = await RunAsync("--data", _folder.Path, "--urls", $"http://{taken.LocalEndpoint}");

        Assert.Equal(1, code);
        Assert.Contains($"FAIL  address: http://{taken.LocalEndpoint}: something listens that is no Parley server", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_that_is_a_file_is_told()
    {
        var (code, output, _) = await RunAsync("--data", Path.Combine(Write("{}"), "data"));

        Assert.Equal(1, code);
        Assert.Contains("FAIL  data folder: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_database_is_told_when_it_is_looked_for()
    {
        var data = await DatabaseAsync();
        await using (var file = new FileStream(Path.Combine(data, "parley.db"), FileMode.Open))
        {
            file.Position = 8 * 4_096;
            file.Write(new byte[8 * 4_096]);
        }

        var (code, output, _) = await RunAsync("--data", data, "--damage");

        Assert.Equal(1, code);
        Assert.Contains("the file is damaged", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_and_entries_of_the_future_are_told()
    {
        var data = await DatabaseAsync("insert into schema_version values (999); update conversations set last_at = 4102444800000;");

        var (code, output, _) = await RunAsync("--data", data);

        Assert.Equal(1, code);
        Assert.Contains("FAIL  database: it has schema 999, newer than", output, StringComparison.Ordinal);
        Assert.Contains("WARN  clock: the newest entry is of 2100-01-01", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_ballast_is_told()
    {
        var (code, output, _) = await RunAsync("--data", await DatabaseAsync());

        Assert.Equal(0, code);
        Assert.Contains("WARN  ballast: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_gives_up_its_promise_for_speed_is_told()
    {
        await using var files = await TestDatabase.CreateAsync(Engine.Postgres);
        await using var source = Npgsql.NpgsqlDataSource.Create(files.ConnectionString);
        await using var off = source.CreateCommand($"alter database {new Npgsql.NpgsqlConnectionStringBuilder(files.ConnectionString).Database} set synchronous_commit = off");
        await off.ExecuteNonQueryAsync();
        var file = Write($$"""{ "Parley": { "Storage": { "Engine": "Postgres", "PostgresConnectionString": "{{files.ConnectionString}}" } } }""");

        var (code, output, _) = await RunAsync("--config", file, "--data", _folder.Path);

        Assert.Equal(1, code);
        Assert.Contains("FAIL  PostgreSQL: synchronous_commit is off: acknowledged messages are lost with the power", output, StringComparison.Ordinal);
    }

    /// <summary>A data folder with a conversation; nobody serves it.</summary>
    private async Task<string> DatabaseAsync(string change = "")
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        await server.ConversationOfAsync("alice", "bob");
        await server.CloseAsync();
        var data = Directory.CreateDirectory(_folder.File("data")).FullName;
        File.Copy(Databases.FileOf(server.Storage), Path.Combine(data, "parley.db"));
        await server.OpenAsync();
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(data, "parley.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"pragma journal_mode = delete; {change}";
        await command.ExecuteNonQueryAsync();
        return data;
    }

    private string ConfigurationOf(RunningServer server) => Write(server.Files.Engine == Engine.Sqlite
        ? $$"""{ "Parley": { "Apps": { "demo": { "Keys": [ { "Secret": "{{RunningServer.SecretOf("demo")}}" } ] } }, "Storage": { "DataDirectory": "{{Path.GetDirectoryName(new SqliteConnectionStringBuilder(server.Files.ConnectionString).DataSource)}}" } } }"""
        : $$"""{ "Parley": { "Apps": { "demo": { "Keys": [ { "Secret": "{{RunningServer.SecretOf("demo")}}" } ] } }, "Storage": { "Engine": "Postgres", "PostgresConnectionString": "{{server.Files.ConnectionString}}" } } }""");

    private string Write(string text)
    {
        File.WriteAllText(_folder.File("settings.json"), text);
        return _folder.File("settings.json");
    }

    private static async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync();
                await socket.SendAsync("nonsense\r\n"u8.ToArray());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test ended.
        }
    }

    /// <summary>Other programs may have the default port.</summary>
    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        CommandRun.OfAsync(["doctor", .. arguments, .. arguments.Contains("--urls") || arguments.Contains("--config") ? [] : new[] { "--urls", $"http://127.0.0.1:{FreePort()}" }]);

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
