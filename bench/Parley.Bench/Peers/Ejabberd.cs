namespace Parley.Bench;

/// <summary>ejabberd of Debian's package, without the distribution between Erlang nodes, which one node has no use for.</summary>
internal static class Ejabberd
{
    private const string Template = "ejabberd/ejabberd.yml";
    private const string Taken = "XEP-0198: the server has taken the message";
    private const string Schema = "/usr/share/ejabberd/sql/pg.sql";

    public static readonly IReadOnlyList<Peer> Peers =
    [
        new("ejabberd-mnesia", $"{Template}: accounts=mnesia, archive=mnesia",
            $"{Taken}; that the archive in Mnesia has it by then is not shown, only that it has it at rest",
            (site, cancel) => StartAsync(site, Archive.Mnesia, cancel)),
        new("ejabberd-postgres", $"{Template}: accounts=sql, archive=sql", $"{Taken}; that the archive in PostgreSQL has it by then is not shown, only that it has it at rest",
            (site, cancel) => StartAsync(site, Archive.Sql, cancel)),
        new("ejabberd-off", $"{Template}: accounts=mnesia, archive=none", $"{Taken}; nothing is stored",
            (site, cancel) => StartAsync(site, Archive.None, cancel)),
    ];

    private enum Archive
    {
        None,
        Mnesia,
        Sql,
    }

    private static async Task<StartedPeer> StartAsync(PeerSite site, Archive archive, CancellationToken cancel)
    {
        var port = Ports.Free();
        if (archive == Archive.Sql)
        {
            var postgres = await site.StartPostgresAsync(cancel, port);
            if (await postgres.RunAsync("psql", cancel, "-q", "-U", "parley", "-d", "postgres", "-f", Schema) != 0)
                throw new BenchException($"{Schema} does not load:\n{postgres.Tail()}");
        }

        var configuration = await site.ConfigureAsync(Template, new Dictionary<string, string>
        {
            ["accounts"] = archive == Archive.Sql ? "sql" : "mnesia",
            ["postgres"] = $"{port}",
            ["rooms"] = archive == Archive.None ? "false" : "true",
            ["archive"] = archive == Archive.None ? "" : $"  mod_mam:\n    default: always\n    db_type: {(archive == Archive.Sql ? "sql" : "mnesia")}\n",
        }, cancel);
        var variables = new Dictionary<string, string>
        {
            ["HOME"] = site.Directory,
            ["ERL_LIBS"] = Directory.GetParent(Libraries)!.FullName,
            ["ERL_CRASH_DUMP"] = Path.Combine(site.Directory, "crash.dump"),
            ["EJABBERD_CONFIG_PATH"] = configuration,
            ["EJABBERD_LOG_PATH"] = Path.Combine(site.Directory, "ejabberd.log"),
        };

        // As Debian starts it, but for the idle schedulers: they would spin on the core that the database needs.
        await site.StartAsync(variables, cancel, "erl", "-noinput", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none", "+K", "true", "+P", "250000",
            "-mnesia", "dir", $"\"{Path.Combine(site.Directory, "mnesia")}\"", "-s", "ejabberd");
        return new StartedPeer(new XmppDialect(site.Address, archive != Archive.None), await DebianPackage.VersionAsync("ejabberd", cancel));
    }

    private static string Libraries =>
        Directory.EnumerateDirectories("/usr/lib", "ejabberd-*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }).FirstOrDefault()
        ?? throw new BenchException("ejabberd is not installed: apt-get install ejabberd erlang-p1-pgsql");
}
