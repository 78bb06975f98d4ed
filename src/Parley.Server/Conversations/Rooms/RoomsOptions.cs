using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Parley.Conversations;

/// <summary>How rooms behave.</summary>
public sealed class RoomsOptions
{
    /// <summary>Where these settings are in the configuration.</summary>
    public const string Section = "Parley:Rooms";

    /// <summary>How long after his last connection somebody is still in the rooms that he was in.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")] public TimeSpan LeaveAfter { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Messages and changes of attributes a second that a room takes from those who do not look after it; as many may come at once. What matters less is refused first.</summary>
    [Range(1, 1_000)] public int SendsPerSecond { get; set; } = 20;
}

[OptionsValidator]
internal sealed partial class RoomsOptionsValidator : IValidateOptions<RoomsOptions>;
