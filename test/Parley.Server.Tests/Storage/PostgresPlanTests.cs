using Npgsql;
using Parley.Storage.Postgres;

namespace Parley.Tests.Storage;

/// <summary>Plans do not depend on how young the tables were when they were made (docs/decisions/0013).</summary>
public class PostgresPlanTests
{
    [Fact]
    public async Task An_entry_is_looked_for_by_its_key_when_statistics_say_that_conversations_are_short()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        var options = PostgresDatabase.PlanByIndex.Replace("-c", "set", StringComparison.Ordinal).Replace(" set", "; set", StringComparison.Ordinal);
        // As many entries as make the index by key a level deeper than that by sequence.
        await RunAsync($"""
            insert into entries (conversation, sequence, at, key, actor, digest, counted, event)
            select number, 1, 0, gen_random_uuid(), 'alice', null, 1, '' from generate_series(1, 280) as number;
            analyze; {options}
            """);
        await RunAsync($"prepare earlier (uuid[], uuid[]) as {PostgresAppend.Earlier}");

        var plan = await RunAsync("explain execute earlier ('{}', '{}')");

        Assert.Contains("entries_by_key", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("entries_pkey", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);

        async Task<string> RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await using var reader = await command.ExecuteReaderAsync();
            var lines = new List<string>();
            while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
            return string.Join('\n', lines);
        }
    }
}
