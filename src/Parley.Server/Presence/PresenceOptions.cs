using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Parley.Presence;

/// <summary>How presence and typing are told, and how much of them is remembered.</summary>
public sealed class PresenceOptions
{
    /// <summary>Where these settings are in the configuration.</summary>
    public const string Section = "Parley:Presence";

    /// <summary>How long after his last connection ended a user counts as connected still, so that who only reconnects never seems gone.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")] public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The least time between two changes of one user that others are told; what changes meanwhile is told together.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")] public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the subscriptions of a user are kept who has no connection.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")] public TimeSpan KeepSubscriptions { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long the status is kept that a user chose who has no connection.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")] public TimeSpan KeepStatus { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How often it is written down who was seen last when; none of it while somebody waits.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")] public TimeSpan WriteEvery { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Subscriptions of all users of the node together, of about 100 bytes each.</summary>
    [Range(1_000, 100_000_000)] public int Subscriptions { get; set; } = 1_000_000;

    /// <summary>Users without a connection whose chosen status is kept; beyond it, those who have gone longest are forgotten.</summary>
    [Range(100, 100_000_000)] public int KeptUsers { get; set; } = 100_000;

    /// <summary>Typing is not told in conversations of more participants.</summary>
    [Range(2, 5_000)] public int TypingParticipants { get; set; } = 200;
}

[OptionsValidator]
internal sealed partial class PresenceOptionsValidator : IValidateOptions<PresenceOptions>;
