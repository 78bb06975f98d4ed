using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>The database fails: who asks learns that it does, when to try again, and nothing of the inside.</summary>
public sealed class OutageTests
{
    private static readonly string[] Inside =
        ["select ", "insert ", "entries", "conversations", "participations", "SQLite", "Npgsql", "Postgres", "Exception", " at Parley", ".cs", "/tmp", "parley.db", "127.0.0.1", "5432", "parley_"];

    [Theory, EveryWay, Trait("Row", "LG-03")]
    public async Task When_its_tables_are_gone_every_method_is_refused_generically_and_the_log_has_the_reason(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        var (group, message) = (await alice.CreateGroupAsync("bob"), Guid.NewGuid());
        await alice.SayAsync(group, "hi", message);
        foreach (var table in new[] { "entries", "participations", "fences" })
            await server.ChangeAsync(Parley.Storage.Sql.Script($"alter table {table} rename to {table}_elsewhere"));
        using var late = await server.ConnectAsync();

        var attempts = new Attempts(group, message, 2, server.Node.Installation.Epoch).All
            .Append((Methods.CreateConversation, Talk.Group(Guid.NewGuid(), "bob"))).Append((Methods.ListInbox, "{}"));
        foreach (var (method, parameters) in attempts)
            AssertGeneric(method, await alice.AskAsync(method, parameters), "internal", "unavailable");
        await late.SendRequestAsync("1", Methods.OpenSession, $$"""{"token":"{{RunningServer.TokenOf("bob")}}","device":"d"}""");
        AssertGeneric(Methods.OpenSession, await late.ReadMessageAsync(), "internal", "unavailable");
        Assert.Equal(1011, await late.ReadCloseAsync());

        Assert.Contains(server.Log.Served, line => line.Level >= LogLevel.Warning && line.Text.Contains("entries", StringComparison.Ordinal));
        foreach (var table in new[] { "entries", "participations", "fences" })
            await server.ChangeAsync(Parley.Storage.Sql.Script($"alter table {table}_elsewhere rename to {table}"));
        Assert.Equal(3, Talk.SequenceOf(await alice.SayAsync(group, "and on")));
    }

    [Theory, EveryEngine, Trait("Row", "LG-03")]
    public async Task Whoever_is_told_internal_is_told_a_name_that_the_operator_finds_in_the_log(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        var group = await alice.CreateGroupAsync("bob");
        await server.ChangeAsync($"alter table fences rename to elsewhere");

        var answer = await alice.AskAsync(Methods.CancelMessage, $$"""{"conversation":"{{group}}","message":"{{Guid.NewGuid()}}"}""");

        Assert.Equal("internal", Talk.CodeOf(answer));
        var name = Talk.DetailOf(answer);
        Assert.Matches("^[0-9A-Z]+:[0-9]+$", name);
        Assert.Contains(server.Log.Served, line => line.Level == LogLevel.Error && line.Text.Contains(name!, StringComparison.Ordinal));
    }

    [Theory, EveryEngine, Trait("Row", "LG-03")]
    public async Task A_creation_whose_answer_cannot_be_read_is_refused_and_not_left_hanging(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        await alice.AskAsync(Methods.CreateConversation, Direct());
        await server.ChangeAsync($"alter table participations rename to elsewhere");

        // The pair is found by its own table; only the answer needs what is missing.
        AssertGeneric(Methods.CreateConversation, await alice.AskAsync(Methods.CreateConversation, Direct()), "internal");

        static string Direct() => $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"direct","participants":["bob"]}""";
    }

    [Fact, Trait("Row", "LG-03"), Trait("Row", "HT-03")]
    public async Task When_the_server_of_the_database_is_gone_everybody_is_told_to_wait_and_health_says_so_without_details()
    {
        await using var server = await RunningServer.StartAsync(Engine.Postgres);
        using var alice = await server.ConnectAsync("alice");
        var (group, message) = (await alice.CreateGroupAsync("bob"), Guid.NewGuid());
        await alice.SayAsync(group, "hi", message);
        using var late = await server.ConnectAsync();
        await CutOffAsync(server);

        var attempts = new Attempts(group, message, 2, server.Node.Installation.Epoch).All
            .Append((Methods.CreateConversation, Talk.Group(Guid.NewGuid(), "bob"))).Append((Methods.ListInbox, "{}"));
        foreach (var (method, parameters) in attempts)
            AssertGeneric(method, await alice.AskAsync(method, parameters), "unavailable");
        await late.SendRequestAsync("1", Methods.OpenSession, $$"""{"token":"{{RunningServer.TokenOf("bob")}}","device":"d"}""");
        AssertGeneric(Methods.OpenSession, await late.ReadMessageAsync(), "unavailable");
        Assert.Equal(1011, await late.ReadCloseAsync());

        using var http = new HttpClient();
        using var ready = await http.GetAsync(new Uri($"http://{server.Address}/health/ready"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not ready"), (ready.StatusCode, await ready.Content.ReadAsStringAsync()));
        Assert.Equal("live", await http.GetStringAsync(new Uri($"http://{server.Address}/health/live")));
    }

    [Fact, Trait("Row", "LG-03")]
    public async Task When_the_disk_is_full_sends_are_refused_reads_go_on_and_room_is_enough_to_recover()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var alice = await server.ConnectAsync("alice");
        var group = await alice.CreateGroupAsync("bob");
        await server.ChangeAsync($"pragma max_page_count = 1");
        var text = new string('x', 8_000);

        var recorded = 0;
        var answer = await alice.SayAsync(group, text);
        for (; Talk.CodeOf(answer) is null && recorded < 200; recorded++) answer = await alice.SayAsync(group, text);

        AssertGeneric(Methods.SendMessage, answer, "storage_full");
        Assert.Equal(recorded + 1, await server.NumberAsync($"select count(*) from entries"));
        Assert.Null(Talk.CodeOf(await alice.EntriesAsync(group)));
        await server.ChangeAsync($"pragma max_page_count = 1000000");
        Assert.Equal(recorded + 2, Talk.SequenceOf(await alice.SayAsync(group, text)));
    }

    private static void AssertGeneric(string method, JsonElement answer, params string[] codes)
    {
        Assert.True(codes.Contains(Talk.CodeOf(answer)), $"{method}: {answer}");
        Assert.All(Inside, word => Assert.DoesNotContain(word, answer.GetRawText(), StringComparison.OrdinalIgnoreCase));
        var error = answer.GetProperty("error");
        var row = Refusals.Find(Talk.CodeOf(answer)!)!;
        Assert.Equal((row.Number, row.Meaning), (error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString()));
    }

    private static async Task CutOffAsync(RunningServer server)
    {
        var name = new NpgsqlConnectionStringBuilder(server.Files.ConnectionString).Database;
        await using var administration = NpgsqlDataSource.Create(Environment.GetEnvironmentVariable(TestDatabase.PostgresVariable)!);
        await using var disconnect = administration.CreateCommand($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        await using var forbid = administration.CreateCommand($"alter database {name} allow_connections false");
        await forbid.ExecuteNonQueryAsync();
        await disconnect.ExecuteNonQueryAsync();
    }
}
