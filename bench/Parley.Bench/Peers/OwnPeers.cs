using System.Diagnostics;
using System.Text.Json;

namespace Parley.Bench;

/// <summary>Peers of our own below bench/peers: what nothing can beat, and what developers write when they begin.</summary>
internal static class OwnPeers
{
    private const string Inserted = "the message was committed to the database and handed to its receiver";

    public static readonly IReadOnlyList<Peer> Peers =
    [
        new("relay", "RelayPeer", "the message was handed to its receiver; nothing is stored", StartRelayAsync),
        new("signalr-sqlite", "SignalRPeer: SQLite, WAL, synchronous=FULL", Inserted, StartSignalRAsync),
        new("signalr-postgres", "SignalRPeer: PostgreSQL as it ships, at most 20 connections", Inserted, StartSignalROnPostgresAsync),
        new("socketio-postgres", "socketio: PostgreSQL as it ships, at most 10 connections", Inserted, StartSocketIoAsync),
    ];

    private static async Task<StartedPeer> StartRelayAsync(PeerSite site, CancellationToken cancel)
    {
        await StartAsync(site, "RelayPeer", cancel);
        return new StartedPeer(new RelayDialect(site.Address), "managed WebSockets");
    }

    private static async Task<StartedPeer> StartSignalRAsync(PeerSite site, CancellationToken cancel)
    {
        await StartAsync(site, "SignalRPeer", cancel, "--Sqlite", $"Data Source={Path.Combine(site.Directory, "chat.db")}");
        return StartedSignalR(site);
    }

    private static async Task<StartedPeer> StartSignalROnPostgresAsync(PeerSite site, CancellationToken cancel)
    {
        var postgres = await site.StartPostgresAsync(cancel);
        await StartAsync(site, "SignalRPeer", cancel, "--Postgres", $"{postgres.ConnectionString};Maximum Pool Size=20");
        return StartedSignalR(site);
    }

    private static async Task<StartedPeer> StartSocketIoAsync(PeerSite site, CancellationToken cancel)
    {
        var postgres = await site.StartPostgresAsync(cancel);
        var folder = Installation.FolderOf("socketio");
        var variables = new Dictionary<string, string> { ["NODE_ENV"] = "production" };
        await site.StartAsync(variables, cancel, "node", Path.Combine(folder, "server.js"), $"{site.Address.Port}", postgres.SocketFolder);
        return new StartedPeer(new SocketIoDialect(site.Address), $"Node {VersionOf(folder, "socket.io")}, {VersionOf(folder, "pg")}");
    }

    private static StartedPeer StartedSignalR(PeerSite site)
    {
        var library = Path.Combine(Path.GetDirectoryName(Installation.BinaryOf("SignalRPeer", "SignalRPeer"))!, "Microsoft.EntityFrameworkCore.dll");
        return new StartedPeer(new SignalRDialect(site.Address), $"EF Core {FileVersionInfo.GetVersionInfo(library).ProductVersion?.Split('+')[0]}");
    }

    private static Task StartAsync(PeerSite site, string project, CancellationToken cancel, params IReadOnlyList<string> arguments)
    {
        var variables = new Dictionary<string, string> { ["DOTNET_NOLOGO"] = "1" };
        return site.StartAsync(variables, cancel, [Installation.BinaryOf(project, project), "--urls", $"http://{site.Address}", .. arguments]);
    }

    private static string VersionOf(string folder, string package)
    {
        using var described = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "node_modules", package, "package.json")));
        return $"{package} {described.RootElement.GetProperty("version").GetString()}";
    }
}
