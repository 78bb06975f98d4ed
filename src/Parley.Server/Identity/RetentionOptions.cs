using System.ComponentModel.DataAnnotations;

namespace Parley.Identity;

/// <summary>How long an app keeps what is said in its conversations. Of a kind that is left out everything is kept, for ever.</summary>
/// <remarks>An entry goes when it is as old as this, and at most an hour later; never earlier. Of what is younger than 72 hours the id is known until it is that old.</remarks>
public sealed class RetentionOptions
{
    /// <summary>Of direct conversations.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "36500.00:00:00")]
    public TimeSpan? Direct { get; set; }

    /// <summary>Of groups.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "36500.00:00:00")]
    public TimeSpan? Group { get; set; }

    /// <summary>Of rooms.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "36500.00:00:00")]
    public TimeSpan? Room { get; set; }

    /// <summary>Of broadcasts.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "36500.00:00:00")]
    public TimeSpan? Broadcast { get; set; }
}
