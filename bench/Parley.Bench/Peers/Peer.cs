namespace Parley.Bench;

/// <summary>Another system that chat could be built on, measured beside Parley in the same run.</summary>
/// <param name="Name">Of the system and of what it stores in, as in results.</param>
/// <param name="Configuration">The file of bench/peers that says how it is configured, and the values in it that are this peer's.</param>
/// <param name="Acknowledgement">What has become of a message when it is acknowledged.</param>
/// <param name="StartAsync">Starts it at a site.</param>
internal sealed record Peer(string Name, string Configuration, string Acknowledgement, Func<PeerSite, CancellationToken, Task<StartedPeer>> StartAsync)
{
    private static readonly IReadOnlyList<Peer> All = [.. OwnPeers.Peers, .. Mosquitto.Peers, .. Ejabberd.Peers, .. Prosody.Peers, .. Nginx.Peers];

    /// <summary>Whether it takes files, and nothing else.</summary>
    public bool TakesFiles { get; init; }

    /// <summary>All, or those whose names begin so.</summary>
    public static IReadOnlyList<Peer> Of(string name)
    {
        var chosen = All.Where(peer => name == "all" || peer.Name.StartsWith(name, StringComparison.Ordinal)).ToList();
        return chosen.Count > 0 ? chosen : throw new BenchException($"{name}? Known are {string.Join(", ", All.Select(peer => peer.Name))}, all.");
    }
}

/// <summary>A peer that takes connections.</summary>
/// <param name="Dialect">How it is spoken with; null where it is only given files.</param>
/// <param name="Version">What exactly it is.</param>
internal sealed record StartedPeer(Dialect? Dialect, string Version)
{
    /// <summary>How it is given files; null where it takes none.</summary>
    public FileServer? Files { get; init; }
}
