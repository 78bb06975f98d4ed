using System.ComponentModel.DataAnnotations;

namespace Parley.Identity;

/// <summary>What an app lets its users do with messages.</summary>
public sealed class MessageOptions
{
    /// <summary>The MIME types of parts that the app takes, as <c>image/png</c>, or <c>image/*</c> for all pictures. None: any type.</summary>
    public IList<string> Types { get; } = [];

    /// <summary>How often a message is edited at most; 0 for never.</summary>
    [Range(0, 1_000)]
    public int Edits { get; set; } = 10;

    /// <summary>How long after it was sent a message is edited at most. Left out, without end.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan? EditWithin { get; set; }

    /// <summary>
    /// Whether what a message said before it was edited is kept, for who may edit or remove any message of the conversation, and for the app's backend. It goes with the message. What was edited while this was
    /// off is not there.
    /// </summary>
    public bool KeepVersions { get; set; }

    /// <summary>Whether messages are recalled at all.</summary>
    public bool Recall { get; set; } = true;

    /// <summary>How long after he sent it a sender recalls his message at most. Who may remove any message, and the app's backend, may at any time.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan RecallWithin { get; set; } = TimeSpan.FromMinutes(2);
}
