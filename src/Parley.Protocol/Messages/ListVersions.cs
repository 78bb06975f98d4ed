namespace Parley;

/// <summary><c>message.versions</c>: asks for what a message said before it was edited, the newest first, where the app keeps that. What it says now is none of it.</summary>
/// <remarks>For who may edit or remove any message of the conversation, and for the app's backend in a participant's name. Nothing is left after a recall.</remarks>
/// <param name="Conversation">Where it is.</param>
/// <param name="Message">The message.</param>
/// <param name="Before">Before this version: <see cref="VersionsPage.Next"/> of the page before.</param>
/// <param name="Limit">At most this many, 1 to 50; 20 when absent.</param>
public sealed record ListVersions(ConversationId Conversation, MessageId Message, int? Before = null, int? Limit = null)
{
    /// <summary>The most versions of one page.</summary>
    public const int MaxLimit = 50;
}

/// <summary>What a message said for a time.</summary>
/// <param name="Version">Which version; 0 is what was sent.</param>
/// <param name="At">Since when it said so.</param>
/// <param name="Actor">Who had it say so.</param>
/// <param name="Content">What it said. Of a file that an edit dropped the bytes may be gone.</param>
public sealed record MessageVersion(int Version, DateTimeOffset At, UserId Actor, MessageContent Content);

/// <summary>A page of versions.</summary>
/// <param name="Conversation">Where the message is.</param>
/// <param name="Message">The message.</param>
/// <param name="Versions">The newest first, at most as many as asked and at most 128 KiB; none of what was never edited, or was edited while the app kept nothing.</param>
/// <param name="Next">Before which version the next page begins; null when there is nothing more.</param>
public sealed record VersionsPage(ConversationId Conversation, MessageId Message, IReadOnlyList<MessageVersion> Versions, int? Next = null);
