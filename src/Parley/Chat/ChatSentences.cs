namespace Parley.Chat;

/// <summary>What happened, in words.</summary>
internal static class ChatSentences
{
    public static string Of(ConversationEvent happened) => happened switch
    {
        ConversationCreated { Kind: ConversationKind.Direct } created => $"{created.Actor} began this conversation",
        ConversationCreated created => $"{created.Actor} made the group{(created.Title is { } title ? $" \"{title}\"" : "")} with {Names(created.Participants.Select(one => one.User).Where(user => user != created.Actor))}",
        ParticipantsAdded added => $"{added.Actor} added {Names(added.Participants.Select(one => one.User))}",
        ParticipantsRemoved removed => $"{removed.Actor} removed {Names(removed.Users)}",
        ParticipantLeft left => $"{left.Actor} left",
        MessageSent sent => $"{sent.Sender}: {sent.Content.PlainText()}",
        _ => $"something newer than this program happened ({happened.Type})",
    };

    /// <summary>Those who type, in words.</summary>
    public static string Typing(IReadOnlyList<UserId> users) => users.Count == 1 ? $"{users[0]} is typing…" : $"{Names(users)} are typing…";

    /// <summary>A sign for how somebody can be reached.</summary>
    public static string Dot(PresenceStatus status) => status switch
    {
        PresenceStatus.Online => "●",
        PresenceStatus.Away => "◐",
        PresenceStatus.Busy => "⊖",
        _ => "○",
    };

    public static string Names(IEnumerable<UserId> users)
    {
        var all = users.Select(user => user.Value).ToList();
        return all.Count switch
        {
            0 => "nobody",
            > 5 => $"{string.Join(", ", all.Take(4))} and {all.Count - 4} others",
            1 => all[0],
            _ => $"{string.Join(", ", all.Take(all.Count - 1))} and {all[^1]}",
        };
    }
}
