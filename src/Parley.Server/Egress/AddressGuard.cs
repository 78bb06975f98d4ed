using System.Net;
using System.Net.Sockets;

namespace Parley.Egress;

/// <summary>Decides whether an address may be connected to. Knows addresses only: names are resolved before, and every result is judged.</summary>
/// <remarks>
/// Whoever can make a server fetch something can otherwise make it talk to what only the server can reach: itself, its neighbours, the
/// cloud's metadata. Forms such as <c>2130706433</c> or <c>0x7f.1</c> need no care here, since <see cref="Uri"/> has made them 127.0.0.1.
/// </remarks>
internal sealed class AddressGuard
{
    private static readonly int[] PublicPorts = [443, 8443];

    /// <summary>IANA's special-purpose networks of IPv4, multicast, and what is reserved.</summary>
    private static readonly IPNetwork[] NotPublic4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>All of IPv6 that is routed in public; of that, what carries IPv4 inside or is for documents is taken out again.</summary>
    private static readonly IPNetwork Public6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] NotPublic6 =
        [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse)];

    private readonly IPNetwork[] _allowed;

    /// <param name="options">Options that <see cref="EgressOptionsValidator"/> let pass.</param>
    public AddressGuard(EgressOptions options) => _allowed = [.. options.AllowedNetworks.Select(text => ParseNetwork(text)!.Value)];

    /// <summary>What is wrong with the form of a URL, as the end of a sentence; null when nothing is. Says nothing about where it leads.</summary>
    public static string? ProblemWith(Uri url)
    {
        if (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp) return "is no https address";
        if (url.UserInfo.Length > 0) return "has a name or a password before its host: remove what stands before the @";
        if (url.Fragment.Length > 0) return "has a fragment: remove what stands from the # on";
        return url.Host.Length == 0 ? "names no host" : null;
    }

    /// <summary>Why this URL must not be fetched from this address, as the end of a sentence; null when it may.</summary>
    public string? ProblemWith(Uri url, IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (Array.Exists(_allowed, network => network.Contains(plain))) return null;

        var setting = $"{EgressOptions.Section}:{nameof(EgressOptions.AllowedNetworks)}";
        if (!IsPublic(plain)) return $"leads to {plain}, which is not public: if that is meant, name it in {setting}";
        if (url.Scheme != Uri.UriSchemeHttps) return $"is not https: what {plain} answers could be anybody's (or name the address in {setting})";
        return PublicPorts.Contains(url.Port) ? null : $"has the port {url.Port}, but only 443 and 8443 are taken (or name {plain} in {setting})";
    }

    /// <summary>A network, or an address as the network of it alone; null for what is neither in its usual spelling.</summary>
    public static IPNetwork? ParseNetwork(string text)
    {
        if (text.Contains('/'))
        {
            // Bits beyond the prefix mean that somebody meant another network than he wrote.
            return IPNetwork.TryParse(text, out var network) && text.StartsWith($"{network.BaseAddress}/", StringComparison.OrdinalIgnoreCase) ? network : null;
        }

        // "1" and "127.1" are addresses as well, of places that few expect.
        if (!IPAddress.TryParse(text, out var address)) return null;
        if (!address.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)) return null;
        return new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }

    private static bool IsPublic(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !Array.Exists(NotPublic4, network => network.Contains(address)),
        AddressFamily.InterNetworkV6 => Public6.Contains(address) && !Array.Exists(NotPublic6, network => network.Contains(address)),
        _ => false,
    };
}
