using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Parley.Gateway;

/// <summary>How connections are taken, kept alive and ended.</summary>
public sealed class GatewayOptions
{
    /// <summary>Where these settings are in the configuration.</summary>
    public const string Section = "Parley:Gateway";

    /// <summary>
    /// Origins whose pages may connect, and read answers over HTTP, exactly as a browser writes them: <c>https://chat.example</c>. Empty allows
    /// those that the server itself is reached under. Programs that are no browsers send no origin and may always connect.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>How long a connection may take to open its session.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")] public TimeSpan HelloTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may be silent before it is pinged.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")] public TimeSpan PingEvery { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long after the last byte from it, or taken by it, a connection counts as dead.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:20:00")] public TimeSpan DeadAfter { get; set; } = TimeSpan.FromSeconds(35);

    /// <summary>How long a client may take to read what a single write sends it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:02:00")] public TimeSpan WriteDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take to send one message, from its first byte to its last; over HTTP, the body of a request.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:02:00")] public TimeSpan MessageDeadline { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request over HTTP waits for its outcome. After it a write is answered with <c>outcome_unknown</c>, and goes on.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:02:00")] public TimeSpan AnswerDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a closed connection waits for the client's own close.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")] public TimeSpan CloseWait { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long before its token ends a session is told.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")] public TimeSpan ExpiryWarning { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a stopping server waits for what is under way on its connections.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")] public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Over how long the clients of a stopping server are told to spread their return.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")] public TimeSpan ReconnectSpread { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often all connections are looked at; no deadline above is kept more exactly.</summary>
    [Range(typeof(TimeSpan), "00:00:00.02", "00:00:05")] public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(1);
}

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
