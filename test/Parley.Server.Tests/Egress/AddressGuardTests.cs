using System.Net;
using Parley.Egress;

namespace Parley.Tests.Egress;

/// <summary>Where the server may connect to.</summary>
public sealed class AddressGuardTests
{
    private static readonly Uri Site = new("https://id.example/keys");

    [Theory, Trait("Row", "SS-01")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://0.0.0.0/")]
    [InlineData("https://0/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://017700000001/")]
    [InlineData("https://127.1/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    [InlineData("https://[::127.0.0.1]/")]
    [InlineData("https://169.254.169.254/")]
    [InlineData("https://[::ffff:169.254.169.254]/")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("https://172.16.0.1/")]
    [InlineData("https://172.31.255.255/")]
    [InlineData("https://192.168.1.1/")]
    [InlineData("https://100.64.0.1/")]
    [InlineData("https://198.18.0.1/")]
    [InlineData("https://192.0.0.8/")]
    [InlineData("https://192.0.2.1/")]
    [InlineData("https://203.0.113.1/")]
    [InlineData("https://224.0.0.1/")]
    [InlineData("https://255.255.255.255/")]
    [InlineData("https://[::]/")]
    [InlineData("https://[fc00::1]/")]
    [InlineData("https://[fd12:3456::1]/")]
    [InlineData("https://[fe80::1]/")]
    [InlineData("https://[ff02::1]/")]
    [InlineData("https://[64:ff9b::7f00:1]/")]
    [InlineData("https://[2002:7f00:1::]/")]
    [InlineData("https://[2001:0:7f00:1::]/")]
    [InlineData("https://[2001:db8::1]/")]
    public void An_address_that_is_not_public_is_refused(string text)
    {
        var url = new Uri(text);
        var problem = Guard().ProblemWith(url, IPAddress.Parse(url.DnsSafeHost));
        Assert.Contains("is not public: if that is meant, name it in Parley:Egress:AllowedNetworks", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("2606:4700::1111")]
    [InlineData("2a00:1450::1")]
    public void A_public_address_passes(string address) => Assert.Null(Guard().ProblemWith(Site, IPAddress.Parse(address)));

    [Theory, Trait("Row", "SS-03")]
    [InlineData("https://id.example/keys", null)]
    [InlineData("https://id.example:443/keys", null)]
    [InlineData("https://id.example:8443/keys", null)]
    [InlineData("http://id.example/keys", "is not https")]
    [InlineData("http://id.example:443/keys", "is not https")]
    [InlineData("https://id.example:22/", "has the port 22")]
    [InlineData("https://id.example:25/", "has the port 25")]
    [InlineData("https://id.example:6379/", "has the port 6379")]
    [InlineData("https://id.example:80/", "has the port 80")]
    public void In_public_only_https_and_its_ports_are_taken(string url, string? problem)
    {
        var found = Guard().ProblemWith(new Uri(url), IPAddress.Parse("8.8.8.8"));
        if (problem is null) Assert.Null(found);
        else Assert.StartsWith(problem, found, StringComparison.Ordinal);
    }

    [Theory, Trait("Row", "SS-03")]
    [InlineData("gopher://id.example/", "is no https address")]
    [InlineData("file:///etc/passwd", "is no https address")]
    [InlineData("ftp://id.example/", "is no https address")]
    [InlineData("http://a@127.0.0.1/", "has a name or a password before its host")]
    [InlineData("https://good.example#@evil.example/", "has a fragment")]
    [InlineData("https://good.example:x@evil.example/", "has a name or a password before its host")]
    [InlineData("https://id.example/keys?tenant=1", null)]
    public void The_form_of_a_URL_is_judged_before_anybody_is_asked(string url, string? problem)
    {
        var found = AddressGuard.ProblemWith(new Uri(url));
        if (problem is null) Assert.Null(found);
        else Assert.StartsWith(problem, found, StringComparison.Ordinal);
    }

    [Theory, Trait("Row", "SS-01")]
    [InlineData("10.1.2.0/24", "10.1.2.0", true)]
    [InlineData("10.1.2.0/24", "10.1.2.255", true)]
    [InlineData("10.1.2.0/24", "10.1.3.0", false)]
    [InlineData("10.1.2.0/24", "::ffff:10.1.2.3", true)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    [InlineData("::1", "::1", true)]
    [InlineData("::1", "127.0.0.1", false)]
    [InlineData("fd00:1::/64", "fd00:1::9", true)]
    [InlineData("fd00:1::/64", "fd00:2::9", false)]
    public void A_network_that_was_allowed_is_reached_in_every_way_and_no_other(string network, string address, bool allowed)
    {
        var guard = Guard(network);
        foreach (var url in new[] { "https://id.example/", "http://id.example/", "http://id.example:22/" })
            Assert.Equal(allowed, guard.ProblemWith(new Uri(url), IPAddress.Parse(address)) is null);
        Assert.Null(guard.ProblemWith(Site, IPAddress.Parse("8.8.8.8")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.1.2.3/8")]
    [InlineData("10.0.0")]
    [InlineData("1")]
    [InlineData("010.0.0.1")]
    [InlineData("::/129")]
    [InlineData("fd00:1::1/64")]
    [InlineData("10.0.0.0/8, 127.0.0.1")]
    public void A_network_that_could_be_misread_stops_the_start(string network)
    {
        var options = new EgressOptions();
        options.AllowedNetworks.Add("10.0.0.0/8");
        options.AllowedNetworks.Add(network);

        var problem = Assert.Single(new EgressOptionsValidator().Validate(null, options).Failures ?? []);

        Assert.StartsWith("Parley:Egress:AllowedNetworks:1 is no network: give one like", problem, StringComparison.Ordinal);
    }

    private static AddressGuard Guard(params IEnumerable<string> allowed)
    {
        var options = new EgressOptions();
        foreach (var network in allowed) options.AllowedNetworks.Add(network);
        Assert.True(new EgressOptionsValidator().Validate(null, options).Succeeded);
        return new AddressGuard(options);
    }
}
