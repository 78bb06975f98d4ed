namespace Parley.Bench;

/// <summary>Prosody of Debian's package.</summary>
internal static class Prosody
{
    private const string Template = "prosody/prosody.cfg.lua";
    private const string Taken = "XEP-0198: the server has taken the message";

    public static readonly IReadOnlyList<Peer> Peers =
    [
        new("prosody-files", $"{Template}: archive in files", $"{Taken}; that the archive in files has it by then is not shown, only that it has it at rest",
            (site, cancel) => StartAsync(site, "storage = \"internal\"", cancel)),
        new("prosody-sqlite", $"{Template}: archive in SQLite", $"{Taken}; that the archive in SQLite has it by then is not shown, only that it has it at rest",
            (site, cancel) => StartAsync(site, "storage = { archive = \"sql\" }\nsql = { driver = \"SQLite3\", database = \"archive.sqlite\" }", cancel)),
    ];

    private static async Task<StartedPeer> StartAsync(PeerSite site, string archive, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.Combine(site.Directory, "data"));
        var configuration = await site.ConfigureAsync(Template, new Dictionary<string, string> { ["archive"] = archive }, cancel);
        await site.StartAsync(new Dictionary<string, string>(), cancel, "prosody", "--config", configuration, "-F");
        return new StartedPeer(new XmppDialect(site.Address, archives: true), await DebianPackage.VersionAsync("prosody", cancel));
    }
}
