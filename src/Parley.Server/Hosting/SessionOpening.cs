using System.Reflection;
using System.Text.Json;
using Parley.Content;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Gateway;
using Parley.Identity;
using Parley.Inbox;
using Parley.People;
using Parley.Presence;
using Parley.Storage;

namespace Parley.Hosting;

/// <summary>What <c>session.open</c> does once its token is verified: subscribe first, then read, so that nothing falls between.</summary>
internal sealed class SessionOpening(
    Subscriptions subscriptions, PresenceBoard presence, ConversationReader reader, ReadChangesHandler changes, NewUsers newUsers, Installation installation,
    GatewayOptions gateway, ContentOptions content, TimeProvider clock)
{
    /// <summary>Name and version of this server.</summary>
    public static readonly string Server =
        $"parley/{typeof(SessionOpening).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}";

    /// <summary>Registers the subscriber and answers with what changed since the device was last here.</summary>
    public async Task<Outcome<byte[]>> OpenAsync(Caller caller, Subscriber subscriber, OpenSession command, VerifiedToken token, CancellationToken cancel)
    {
        if (command.Presence is { } remembered && PresenceRules.Check(remembered) is { } wrong) return wrong;
        if (await newUsers.ArriveAsync(caller.Key, cancel) is { } suspended) return suspended;
        if (subscriber.Receives == Receives.Everything)
        {
            subscriptions.Register(subscriber);
            subscriptions.Follow(subscriber, await reader.FollowedByAsync(caller.Key, cancel));
        }

        // Another epoch: what the device keeps is of another history, its token too.
        var reset = command.Epoch is { } epoch && epoch != installation.Epoch;
        var changed = await changes.ReadAsync(caller.Key, reset ? null : command.Since, cancel);
        if (changed.Refusal is { } refusal) return refusal;
        // Nothing fails from here on: who could not open his session was never there.
        if (subscriber.Receives == Receives.Everything) presence.Connected(subscriber, command.Presence);
        return JsonSerializer.SerializeToUtf8Bytes(
            new SessionOpened(
                Protocol: 1, Server, clock.Now(), token.AppName, caller.User, installation.Epoch, token.ExpiresAt, reset,
                new SessionLimits(RealtimeGateway.MaxMessageBytes, MaxBatch, MessageContent.MaxCodePoints, (int)Math.Ceiling(gateway.PingEvery.TotalSeconds), content.MaxBytes),
                [], changed.Value!),
            ProtocolJson.Lenient.SessionOpened);
    }

    private const int MaxBatch = 100;
}
