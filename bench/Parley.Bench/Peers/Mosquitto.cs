namespace Parley.Bench;

/// <summary>mosquitto of Debian's package.</summary>
internal static class Mosquitto
{
    private const string Template = "mosquitto/mosquitto.conf";

    public static readonly IReadOnlyList<Peer> Peers =
    [
        new("mosquitto", Template, "QoS 1: the broker has taken the message, in memory; it keeps it until it was delivered, and no longer", StartAsync),
    ];

    private static async Task<StartedPeer> StartAsync(PeerSite site, CancellationToken cancel)
    {
        var configuration = await site.ConfigureAsync(Template, new Dictionary<string, string>(), cancel);
        await site.StartAsync(new Dictionary<string, string>(), cancel, "/usr/sbin/mosquitto", "-c", configuration);
        return new StartedPeer(new MqttDialect(site.Address), await DebianPackage.VersionAsync("mosquitto", cancel));
    }
}
