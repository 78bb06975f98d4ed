using Npgsql;

namespace Parley.Tests;

/// <summary>An empty database of one test's own; gone when disposed.</summary>
/// <remarks>
/// SQLite: a file in a new folder, which holds nothing else. PostgreSQL: a new database on the server that
/// <see cref="PostgresVariable"/> names, which test.sh starts. Where an engine is missing the test is skipped; under CI it fails (style rule 21).
/// </remarks>
internal sealed class TestDatabase : IAsyncDisposable
{
    /// <summary>The environment variable with the connection string of a PostgreSQL server on which databases may be created.</summary>
    public const string PostgresVariable = "PARLEY_TEST_POSTGRES";

    private static readonly Lazy<NpgsqlDataSource?> Administration =
        new(() => Environment.GetEnvironmentVariable(PostgresVariable) is { Length: > 0 } connection ? NpgsqlDataSource.Create(connection) : null);

    private readonly Func<Task> _remove;

    private TestDatabase(Engine engine, string connectionString, string folder, Func<Task> remove) =>
        (Engine, ConnectionString, Folder, _remove) = (engine, connectionString, folder, remove);

    public Engine Engine { get; }

    public string ConnectionString { get; }

    /// <summary>For files beside the database; gone with it.</summary>
    public string Folder { get; }

    /// <summary>Without tables.</summary>
    public static Task<TestDatabase> CreateAsync(Engine engine) => engine switch
    {
        Engine.Sqlite => Task.FromResult(CreateFile()),
        _ => CreateOnServerAsync(() => Task.FromResult("template0")),
    };

    /// <summary>For a server that is started on it. On PostgreSQL its tables are there already; in a file they are made as fast as they are copied.</summary>
    public static Task<TestDatabase> CreateForServerAsync(Engine engine) => engine switch
    {
        Engine.Sqlite => Task.FromResult(CreateFile()),
        _ => CreateOnServerAsync(MigratedTemplate.NameAsync),
    };

    public async ValueTask DisposeAsync() => await _remove();

    /// <summary>Whether a missing engine fails the test instead of skipping it.</summary>
    internal static bool MustHaveAll => string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    private static TestDatabase CreateFile()
    {
        var folder = Directory.CreateTempSubdirectory("parley-test-");
        return new TestDatabase(Engine.Sqlite, $"Data Source={Path.Combine(folder.FullName, "parley.db")}", folder.FullName, () =>
        {
            folder.Delete(recursive: true);
            return Task.CompletedTask;
        });
    }

    private static async Task<TestDatabase> CreateOnServerAsync(Func<Task<string>> template)
    {
        if (Administration.Value is not { } server)
        {
            const string Missing = $"No PostgreSQL: run ./test.sh, or set {PostgresVariable} to a server on which databases may be created.";
            Assert.SkipUnless(MustHaveAll, Missing);   // under CI this falls through, and the test fails
            throw new InvalidOperationException(Missing);
        }

        var name = $"parley_{Guid.NewGuid():n}";
        await ExecuteAsync(server, $"create database {name} template {await template()}");
        var connectionString = new NpgsqlConnectionStringBuilder(Environment.GetEnvironmentVariable(PostgresVariable)!) { Database = name }.ConnectionString;
        // Forced: a pool of the test may still hold connections.
        var folder = Directory.CreateTempSubdirectory("parley-test-");
        return new TestDatabase(Engine.Postgres, connectionString, folder.FullName, () =>
        {
            folder.Delete(recursive: true);
            return ExecuteAsync(server, $"drop database {name} with (force)");
        });
    }

    private static async Task ExecuteAsync(NpgsqlDataSource server, string statement)
    {
        await using var command = server.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }
}
