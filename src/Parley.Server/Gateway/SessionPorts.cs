using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Gateway;

/// <summary>What the gateway needs from elsewhere to open and end sessions; bound in Hosting.</summary>
/// <param name="Authenticate">Verifies a token: in microseconds, and in a few seconds where a key set has to be fetched for it.</param>
/// <param name="Arrive">Why a user whom his token proves is not let in; null when he is. Asked for each request over HTTP; <paramref name="Open"/> asks it itself.</param>
/// <param name="Open">
/// Registers the subscriber, reads what changed, and answers the result of <c>session.open</c> as JSON. The subscriber may be given entries
/// from the moment it is registered: they leave after the answer.
/// </param>
/// <param name="End">Takes the subscriber out of everything. Called once for each call of <paramref name="Open"/>, also when that failed.</param>
internal sealed record SessionPorts(
    Func<string, CancellationToken, ValueTask<Outcome<VerifiedToken>>> Authenticate,
    Func<UserKey, CancellationToken, ValueTask<Refusal?>> Arrive,
    Func<Caller, Subscriber, OpenSession, VerifiedToken, CancellationToken, Task<Outcome<byte[]>>> Open,
    Action<Subscriber> End)
{
    /// <summary>How many sessions the users of an app may have at once.</summary>
    public Func<AppId, SessionsAtOnce> AtOnce { get; init; } = _ => SessionsAtOnce.Several;
}
