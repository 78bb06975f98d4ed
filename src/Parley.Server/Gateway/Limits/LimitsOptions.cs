using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Parley.Gateway;

/// <summary>What one node takes from one connection, address, user, conversation and app, and in all. Every limit is of a node.</summary>
public sealed class LimitsOptions
{
    /// <summary>Where these settings are in the configuration.</summary>
    public const string Section = "Parley:Limits";

    /// <summary>Connections of the node.</summary>
    [Range(1, 1_000_000)] public int Connections { get; set; } = 10_000;

    /// <summary>Connections of the node that have not opened a session yet.</summary>
    [Range(1, 1_000_000)] public int UnauthenticatedConnections { get; set; } = 500;

    /// <summary>Connections of one address that have not opened a session yet. An address of IPv6 is its first 64 bits.</summary>
    [Range(1, 1_000_000)] public int UnauthenticatedPerAddress { get; set; } = 20;

    /// <summary>New connections a second; as many may come at once.</summary>
    [Range(1, 1_000_000)] public int ConnectionsPerSecond { get; set; } = 200;

    /// <summary>New connections a minute from one address; as many may come at once.</summary>
    [Range(1, 10_000_000)] public int ConnectionsPerAddressPerMinute { get; set; } = 120;

    /// <summary>Sessions a minute of one user.</summary>
    [Range(1, 10_000_000)] public int ConnectionsPerUserPerMinute { get; set; } = 10;

    /// <summary>Sessions of one user at once, after a quiet time.</summary>
    [Range(1, 10_000_000)] public int ConnectionsPerUserBurst { get; set; } = 20;

    /// <summary>Devices of one user with a session; the oldest ends when another comes.</summary>
    [Range(1, 1_000)] public int DevicesPerUser { get; set; } = 10;

    /// <summary>Requests a second on one connection, each item of an array being one; and of one user over HTTP.</summary>
    [Range(1, 1_000_000)] public int RequestsPerSecond { get; set; } = 30;

    /// <summary>Requests at once on one connection, after a quiet time; and of one user over HTTP.</summary>
    [Range(1, 1_000_000)] public int RequestsBurst { get; set; } = 60;

    /// <summary>Requests a second with one API key, in whose name ever; twice as many may come at once.</summary>
    [Range(1, 1_000_000)] public int RequestsPerApiKeyPerSecond { get; set; } = 1_000;

    /// <summary>Requests over HTTP a minute from one address whose token or key is not taken; as many may come at once. An address of IPv6 is its first 64 bits.</summary>
    [Range(1, 10_000_000)] public int UnauthorizedPerAddressPerMinute { get; set; } = 120;

    /// <summary>Bytes a second on one connection.</summary>
    [Range(1_024, 1_000_000_000)] public int BytesPerSecond { get; set; } = 64 * 1024;

    /// <summary>Bytes at once on one connection, after a quiet time. Never less than a message.</summary>
    [Range(131_072, 1_000_000_000)] public int BytesBurst { get; set; } = 512 * 1024;

    /// <summary>How often within a minute a connection may go over its rates; then it is closed.</summary>
    [Range(1, 1_000_000)] public int Strikes { get; set; } = 3;

    /// <summary>Messages a second of one user.</summary>
    [Range(0.001, 1_000_000)] public double SendsPerUserPerSecond { get; set; } = 5;

    /// <summary>Messages at once of one user, after a quiet time.</summary>
    [Range(1, 1_000_000)] public int SendsPerUserBurst { get; set; } = 60;

    /// <summary>Messages a second in one conversation; twice as many may come at once.</summary>
    [Range(0.001, 1_000_000)] public double SendsPerConversationPerSecond { get; set; } = 100;

    /// <summary>Messages a second in one conversation that backends send with API keys; twice as many may come at once. They count towards no user.</summary>
    [Range(0.001, 1_000_000)] public double SendsPerConversationByApiKeysPerSecond { get; set; } = 1_000;

    /// <summary>Messages a second of one app; as many may come at once.</summary>
    [Range(0.001, 10_000_000)] public double SendsPerAppPerSecond { get; set; } = 2_000;

    /// <summary>Fragments of one message.</summary>
    [Range(1, 1_000)] public int Fragments { get; set; } = 16;

    /// <summary>Pings and pongs a second on one connection; twice as many may come at once.</summary>
    [Range(1, 10_000)] public int ControlFramesPerSecond { get; set; } = 10;

    /// <summary>Requests under way on one connection; further ones wait unread.</summary>
    [Range(1, 100_000)] public int RequestsUnderWay { get; set; } = 64;

    /// <summary>Reads under way on one connection; further ones wait, and what came after them.</summary>
    [Range(1, 1_000)] public int ReadsUnderWay { get; set; } = 4;

    /// <summary>Reads under way on the node for each of its processor cores; further ones wait for half a second at most and are refused then.</summary>
    [Range(1, 1_000)] public int ReadsPerCore { get; set; } = 8;

    /// <summary>Bytes that wait for a client above which nothing more is taken from it.</summary>
    [Range(1_024, 100_000_000)] public int QueuedBytes { get; set; } = 64 * 1024;

    /// <summary>Bytes of pushes that may wait for one client.</summary>
    [Range(1_024, 1_000_000_000)] public int QueuedPushBytes { get; set; } = 1024 * 1024;

    /// <summary>Pushes that may wait for one client.</summary>
    [Range(2, 1_000_000)] public int QueuedPushes { get; set; } = 4_096;

    /// <summary>Bytes that may wait for all clients together; above it the longest queues are closed.</summary>
    [Range(1_048_576, 1_000_000_000_000)] public long QueuedBytesOfAll { get; set; } = 128L * 1024 * 1024;

    /// <summary>Percent of the memory that .NET may use from which on new connections are refused.</summary>
    [Range(1, 100)] public int HeapPercentForConnections { get; set; } = 80;

    /// <summary>Percent of the memory that .NET may use from which on the longest queues are closed.</summary>
    [Range(1, 100)] public int HeapPercentForQueues { get; set; } = 90;
}

[OptionsValidator]
internal sealed partial class LimitsOptionsValidator : IValidateOptions<LimitsOptions>;
