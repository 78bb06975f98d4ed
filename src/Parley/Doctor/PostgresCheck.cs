using System.Globalization;
using Npgsql;
using Parley.Storage;
using Parley.Storage.Postgres;

namespace Parley.Doctor;

/// <summary>PostgreSQL's settings, as our connections get them.</summary>
internal static class PostgresCheck
{
    private const string Name = "PostgreSQL";
    private const int Oldest = 15;
    private const int VersionsInNumber = 10_000;

    public static async Task<IReadOnlyList<Finding>> RunAsync(Session session, Patient patient, CancellationToken cancel)
    {
        var settings = (await session.QueryAsync(
            $"""
            select name, setting from pg_settings where name in
            ('server_version_num', 'fsync', 'synchronous_commit', 'full_page_writes', 'server_encoding', 'max_connections', 'superuser_reserved_connections')
            """,
            row => KeyValuePair.Create(row.GetString(0), row.GetString(1)), cancel)).ToDictionary(StringComparer.Ordinal);
        var now = (await session.QueryAsync($"select (extract(epoch from clock_timestamp()) * 1000)::bigint", row => row.GetInt64(0), cancel))[0];
        var pool = PostgresDatabase.ReadersOf(new NpgsqlConnectionStringBuilder(Databases.ConnectionStringOf(patient.Storage))) + patient.Storage.PostgresBatches + 2;
        return [.. Judge(settings, pool), .. ClockCheck.JudgeBeside(patient.Clock.Now(), DateTimeOffset.FromUnixTimeMilliseconds(now), "PostgreSQL's") is { } clock ? [clock] : Array.Empty<Finding>()];
    }

    internal static IEnumerable<Finding> Judge(IReadOnlyDictionary<string, string> settings, int pool)
    {
        var version = Number(settings, "server_version_num") / VersionsInNumber;
        yield return version >= Oldest
            ? Finding.Ok(Name, $"version {version}")
            : Finding.Fail(Name, $"version {version}, older than {Oldest}", $"Use PostgreSQL {Oldest} or newer.");
        foreach (var name in new[] { "fsync", "full_page_writes", "synchronous_commit" })
        {
            yield return settings[name] == "off"
                ? Finding.Fail(Name, $"{name} is off: acknowledged messages are lost with the power", $"Set {name} = on. It may be set for the server, the database, or the role.")
                : Finding.Ok(Name, $"{name} is {settings[name]}");
        }

        if (settings["server_encoding"] != "UTF8")
            yield return Finding.Fail(Name, $"the database's encoding is {settings["server_encoding"]}, in which not every message can be written", "Make a database with encoding 'UTF8' template template0.");
        var room = Number(settings, "max_connections") - Number(settings, "superuser_reserved_connections");
        yield return room >= pool
            ? Finding.Ok(Name, $"{room} connections are allowed; a server takes up to {pool}")
            : Finding.Warn(Name, $"{room} connections are allowed, but a server may take {pool}", "Raise max_connections, or set Maximum Pool Size in the connection string.");
    }

    private static int Number(IReadOnlyDictionary<string, string> settings, string name) => int.Parse(settings[name], CultureInfo.InvariantCulture);
}
