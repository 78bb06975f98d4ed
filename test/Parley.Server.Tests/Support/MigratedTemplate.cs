using Npgsql;
using Parley.Storage;
using Parley.Storage.Postgres;

namespace Parley.Tests;

/// <summary>A database on the PostgreSQL server of the tests with all tables and nothing in them, of which those of the tests are copies: making the tables takes longer than most tests do.</summary>
/// <remarks>Made once for each run, and dropped when it ends. What migrations do is tested from an empty database (MigrationTests, DoctorTests).</remarks>
internal static class MigratedTemplate
{
    private static readonly string Name = $"parley_template_{Guid.NewGuid():n}";
    private static readonly Lazy<Task> Made = new(MakeAsync);

    /// <summary>Its name, once it is there.</summary>
    public static async Task<string> NameAsync()
    {
        await Made.Value;
        return Name;
    }

    private static async Task MakeAsync()
    {
        var connection = new NpgsqlConnectionStringBuilder(Environment.GetEnvironmentVariable(TestDatabase.PostgresVariable)!);
        await using (var server = NpgsqlDataSource.Create(connection))
        await using (var create = server.CreateCommand($"create database {Name} template template0"))
        {
            await create.ExecuteNonQueryAsync();
        }

        AppDomain.CurrentDomain.ProcessExit += (_, _) => Drop(connection.ConnectionString);
        // Nobody may be connected to what is copied: its pools end here.
        await using var database = new PostgresDatabase(new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Database = Name }.ConnectionString, concurrentAppends: 1);
        await new Migrator(database).MigrateAsync(CancellationToken.None);
    }

    private static void Drop(string connection)
    {
        try
        {
            using var server = NpgsqlDataSource.Create(connection);
            using var drop = server.CreateCommand($"drop database if exists {Name} with (force)");
            drop.ExecuteNonQuery();
        }
        catch (NpgsqlException)
        {
            // The server of the tests has ended before them.
        }
    }
}
