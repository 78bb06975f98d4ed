using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Parley.Identity;

/// <summary>How the key sets of identity providers are kept fresh.</summary>
public sealed class KeySetsOptions
{
    /// <summary>Where these settings are in the configuration.</summary>
    public const string Section = "Parley:KeySets";

    /// <summary>How long a key set is used before it is fetched again. A key that the provider withdraws verifies tokens for so long.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")] public TimeSpan RefreshEvery { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a key set is used after it was last fetched, while it cannot be fetched again. Never less than <c>RefreshEvery</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00")] public TimeSpan KeepFor { get; set; } = TimeSpan.FromHours(24);
}

/// <summary>Checks the ranges, and that a key set is not given up before it is due.</summary>
[OptionsValidator]
internal sealed partial class KeySetsRangeValidator : IValidateOptions<KeySetsOptions>;

/// <inheritdoc cref="KeySetsRangeValidator"/>
internal sealed class KeySetsOptionsValidator : IValidateOptions<KeySetsOptions>
{
    private static readonly KeySetsRangeValidator Ranges = new();

    public ValidateOptionsResult Validate(string? name, KeySetsOptions options)
    {
        var ranges = Ranges.Validate(name, options);
        if (ranges.Failed || options.KeepFor >= options.RefreshEvery) return ranges;
        return ValidateOptionsResult.Fail(
            $"{KeySetsOptions.Section}:KeepFor is shorter than RefreshEvery, so keys would be given up before they are fetched again.");
    }
}
