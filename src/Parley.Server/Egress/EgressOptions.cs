using Microsoft.Extensions.Options;

namespace Parley.Egress;

/// <summary>Where the server may connect to when it fetches something, such as a key set.</summary>
public sealed class EgressOptions
{
    /// <summary>Where these settings are in the configuration.</summary>
    public const string Section = "Parley:Egress";

    /// <summary>
    /// Networks that may be reached although they are not the public internet, as <c>10.1.2.0/24</c> or a single address; there also over
    /// <c>http</c> and on any port. Everywhere else: public addresses, <c>https</c>, ports 443 and 8443.
    /// </summary>
    public IList<string> AllowedNetworks { get; } = [];
}

/// <summary>Refuses networks that would be read otherwise than they were meant.</summary>
internal sealed class EgressOptionsValidator : IValidateOptions<EgressOptions>
{
    public ValidateOptionsResult Validate(string? name, EgressOptions options)
    {
        var problems = options.AllowedNetworks
            .Select((text, index) => (Text: text, Key: $"{EgressOptions.Section}:{nameof(EgressOptions.AllowedNetworks)}:{index}"))
            .Where(network => AddressGuard.ParseNetwork(network.Text) is null)
            .Select(network => $"{network.Key} is no network: give one like 10.1.2.0/24 or fd00:1::/64, whose last bits are zero, "
                + "or one address like 127.0.0.1.")
            .ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
