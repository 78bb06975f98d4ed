using Npgsql;
using Parley.Storage;
using Parley.Storage.Postgres;

namespace Parley.Tests.Storage;

public sealed class PostgresToolTests
{
    [Fact]
    public async Task A_program_that_is_not_installed_is_named_with_its_package()
    {
        var missing = await Assert.ThrowsAsync<StorageException>(() => PostgresTool.RunAsync("pg_dump_of_nobody", [], "Host=localhost", CancellationToken.None));

        Assert.StartsWith("pg_dump_of_nobody cannot be run", missing.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install postgresql-client", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_is_said_in_the_environment_and_what_it_does_not_say_is_left_to_the_programs()
    {
        var said = PostgresTool.Environment(new NpgsqlConnectionStringBuilder(
            "Host=db.example;Port=5433;Username=parley;Password=secret;Database=chat;SSL Mode=VerifyFull;Root Certificate=ca.pem")).ToDictionary();
        var little = PostgresTool.Environment(new NpgsqlConnectionStringBuilder("Host=localhost;Username=parley")).ToDictionary();

        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["PGHOST"] = "db.example", ["PGPORT"] = "5433", ["PGDATABASE"] = "chat", ["PGUSER"] = "parley", ["PGPASSWORD"] = "secret",
                ["PGSSLMODE"] = "verify-full", ["PGSSLROOTCERT"] = "ca.pem",
            },
            said);
        Assert.Equal(
            new Dictionary<string, string?> { ["PGHOST"] = "localhost", ["PGPORT"] = "5432", ["PGDATABASE"] = "parley", ["PGUSER"] = "parley", ["PGSSLMODE"] = "prefer" },
            little);
    }
}
