using System.ComponentModel.DataAnnotations;

namespace Parley.Identity;

/// <summary>What an app does not let pass, and whom it asks before a message is recorded.</summary>
public sealed class ModerationOptions
{
    /// <summary>Lists of words that are always there, beside those that the app's backend puts with <c>moderation.putList</c>.</summary>
    public IList<WordListOptions> Lists { get; } = [];

    /// <summary>Where each message is sent before it is recorded, to be let through, changed, refused or held.</summary>
    public HookOptions Hook { get; } = new();
}

/// <summary>A list of words.</summary>
public sealed class WordListOptions
{
    /// <summary>What it is called: 1 to 64 of <c>a-z 0-9 -</c>. Each list of an app has another name.</summary>
    [StringLength(PutWordList.MaxName)]
    public string Name { get; set; } = "";

    /// <summary>What becomes of a message that has one of the words: <c>Refuse</c>, <c>Mask</c> (it is recorded with <c>*</c> in their place) or <c>Flag</c> (a report is made of it).</summary>
    public WordListAction Action { get; set; }

    /// <summary>Up to 10,000 words of 1 to 64 code points each; found wherever they stand, also inside other words.</summary>
    public IList<string> Words { get; } = [];

    /// <summary>Up to 100 regular expressions of .NET without backtracking.</summary>
    public IList<string> Patterns { get; } = [];
}

/// <summary>What becomes of a message that has a word of a list: the same as <see cref="WordAction"/>.</summary>
public enum WordListAction
{
    /// <summary>It is refused, with <c>filtered</c>.</summary>
    Refuse = WordAction.Refuse,

    /// <summary>It is recorded with <c>*</c> in place of each code point of the word.</summary>
    Mask = WordAction.Mask,

    /// <summary>It is recorded, and a report is made of it.</summary>
    Flag = WordAction.Flag,
}

/// <summary>The app's own check of messages, over HTTP.</summary>
public sealed class HookOptions
{
    /// <summary>Where messages are sent with POST, as an <c>https</c> address. Left out, nobody is asked.</summary>
    [StringLength(2048)]
    public string? Url { get; set; }

    /// <summary>
    /// What requests are signed with: text of at least 32 bytes, or <c>base64:</c> and at least 32 bytes in base64. Nothing else has the same.
    /// Make one with <c>openssl rand -base64 32</c>.
    /// </summary>
    [DataType(DataType.Password)]
    public string Secret { get; set; } = "";

    /// <summary>How long an answer may take: meanwhile the sender waits, and what he sends to the same conversation after it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:00:05")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>What becomes of a message when no good answer comes in time: <c>Pass</c>, it is recorded; or <c>Refuse</c>, its sender is told to try again later.</summary>
    public HookFailure OnFailure { get; set; }

    /// <summary>How long an answer about a file may take that was uploaded: meanwhile who uploads it waits, and the hook may fetch it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan ContentTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What becomes of a file when no good answer comes in time: <c>Pass</c>, it is taken; or <c>Refuse</c>, its user is told to try again later. Left out, as of messages.</summary>
    public HookFailure? OnContentFailure { get; set; }
}

/// <summary>What becomes of a message whose check fails.</summary>
public enum HookFailure
{
    /// <summary>It is recorded.</summary>
    Pass,

    /// <summary>It is refused, with <c>moderation_unavailable</c>.</summary>
    Refuse,
}
