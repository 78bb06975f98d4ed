using Parley.Delivery;
using System.Net;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Gateway;

/// <summary>How often requests come over HTTP, where no connection stands for anybody; memory of this node only, so it never fails.</summary>
internal sealed class CallLimits(LimitsOptions limits, TimeProvider clock)
{
    private readonly Buckets<UserKey> _users = new(new Rate(limits.RequestsPerSecond, limits.RequestsBurst), clock);
    private readonly Buckets<PlatformCaller> _keys = new(new Rate(limits.RequestsPerApiKeyPerSecond, 2 * limits.RequestsPerApiKeyPerSecond), clock);

    private readonly Buckets<ulong> _strangers =
        new(new Rate(limits.UnauthorizedPerAddressPerMinute / 60.0, limits.UnauthorizedPerAddressPerMinute), clock);

    /// <summary>Counts a request of a user himself; null, or the refusal.</summary>
    public Refusal? Take(UserKey user) =>
        _users.TakeOrWait(user) is { } wait ? Refusals.RateLimited.After(wait).Because("requests of this user") : null;

    /// <summary>Counts a request with an API key, whoever it is for; null, or the refusal.</summary>
    public Refusal? Take(PlatformCaller key) =>
        _keys.TakeOrWait(key) is { } wait ? Refusals.RateLimited.After(wait).Because("requests with this API key") : null;

    /// <summary>Counts a request of somebody who could not say who he is; null, or the refusal to give in place of the other.</summary>
    public Refusal? TakeStranger(IPAddress? address) =>
        _strangers.TakeOrWait(Admission.KeyOf(address)) is { } wait ? Refusals.RateLimited.After(wait).Because("requests without a valid token from this address") : null;

    public void Prune()
    {
        _users.Prune();
        _keys.Prune();
        _strangers.Prune();
    }
}
