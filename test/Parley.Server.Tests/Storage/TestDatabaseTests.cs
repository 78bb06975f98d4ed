using Npgsql;

namespace Parley.Tests.Storage;

public class TestDatabaseTests
{
    [Theory, EveryEngine]
    public async Task Every_test_gets_a_database_of_its_own(Engine engine)
    {
        await using var first = await TestDatabase.CreateAsync(engine);
        await using var second = await TestDatabase.CreateAsync(engine);

        Assert.NotEqual(first.ConnectionString, second.ConnectionString);
    }

    [Fact]
    public async Task A_file_is_gone_with_its_folder_when_the_test_ends()
    {
        var database = await TestDatabase.CreateAsync(Engine.Sqlite);
        var file = database.ConnectionString["Data Source=".Length..];
        await File.WriteAllTextAsync(file, "something");

        await database.DisposeAsync();

        Assert.False(Directory.Exists(Path.GetDirectoryName(file)));
    }

    [Fact]
    public async Task A_database_on_the_server_is_dropped_even_while_a_connection_is_open()
    {
        var database = await TestDatabase.CreateAsync(Engine.Postgres);
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();

        await database.DisposeAsync();

        source.Clear();
        await Assert.ThrowsAsync<PostgresException>(async () => await NpgsqlDataSource.Create(database.ConnectionString).OpenConnectionAsync());
    }
}
