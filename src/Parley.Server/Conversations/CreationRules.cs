using System.Text.Json;
using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>What may be created. Pure, as <see cref="Conversation"/> is for what exists.</summary>
internal static class CreationRules
{
    public const int MaxTitle = 128;

    /// <summary>The first event of a conversation, with its creator among the participants and nobody twice.</summary>
    public static Outcome<ConversationCreated> Create(UserId creator, CreateConversation command)
    {
        var rules = ConversationKinds.Of(command.Kind);
        var others = command.Participants.Distinct().Where(user => user != creator).Order().ToArray();
        if (rules.Membership == Membership.Fixed && others.Length != 1)
            return Refusals.InvalidParams.Because("$.participants: a direct conversation has exactly one participant besides its creator");
        if (others.Length + 1 > rules.Cap) return Refusals.Full.Because($"at most {rules.Cap} participants");
        if (rules.Membership == Membership.Fixed && (command.Title ?? (object?)command.DefaultPermissions) is not null)
            return Refusals.NotForThisKind.Because("a direct conversation has no title and no permissions of its own");
        if (command.Title is { } title && (title.Length == 0 || TextSize.CodePoints(title) > MaxTitle))
            return Refusals.InvalidParams.Because($"$.title: expected 1 to {MaxTitle} code points");
        if (command.DefaultPermissions is { } given && given.HasFlag(Permissions.Owner))
            return Refusals.InvalidParams.Because("$.defaultPermissions: newcomers cannot be owners");

        var newcomers = command.DefaultPermissions ?? rules.Newcomers;
        var created = new ConversationCreated(creator, command.Kind, command.Title, newcomers,
            [new Participant(creator, rules.Creator == newcomers ? null : rules.Creator), .. others.Select(user => new Participant(user))]);
        return Fits(created) ? created : Refusals.TooLarge.Because(
            $"$.participants: with so many of such long ids the first entry would be larger than {OutboundBounds.MaxEntriesBytes} bytes; name fewer, and the others with conversation.add");
    }

    /// <summary>No event of another type comes near the bound: requests name at most a hundred users.</summary>
    private static bool Fits(ConversationCreated created) =>
        JsonSerializer.SerializeToUtf8Bytes(created, ProtocolJson.Lenient.ConversationEvent).Length <= OutboundBounds.MaxEntriesBytes;
}
