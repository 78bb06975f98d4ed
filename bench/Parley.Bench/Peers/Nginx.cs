namespace Parley.Bench;

/// <summary>nginx of Debian's package, which takes files with <c>PUT</c>: only a file server, measured for that alone.</summary>
internal static class Nginx
{
    private const string Template = "nginx/nginx.conf";

    public static readonly IReadOnlyList<Peer> Peers =
    [
        new("nginx", Template, "the file has its name; the generator waits until it is on disk", StartAsync) { TakesFiles = true },
    ];

    private static async Task<StartedPeer> StartAsync(PeerSite site, CancellationToken cancel)
    {
        var files = Path.Combine(site.Directory, "files");
        Directory.CreateDirectory(files);
        var configuration = await site.ConfigureAsync(Template, new Dictionary<string, string>(), cancel);
        await site.StartAsync(new Dictionary<string, string>(), cancel, "/usr/sbin/nginx", "-e", Path.Combine(site.Directory, "error.log"), "-c", configuration);
        return new StartedPeer(null, await DebianPackage.VersionAsync("nginx", cancel)) { Files = new FolderFiles(site.Address, files) };
    }
}
