using System.Text.Json;
using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>What may be created. Pure, as <see cref="Conversation"/> is for what exists.</summary>
internal static class CreationRules
{
    /// <summary>The first event of a conversation, with its creator among the participants and nobody twice.</summary>
    public static Outcome<ConversationCreated> Create(UserId creator, CreateConversation command)
    {
        var rules = ConversationKinds.Of(command.Kind);
        var others = command.Participants.Distinct().Where(user => user != creator).Order().ToArray();
        if (others.Length + 1 > rules.Cap) return Refusals.Full.Because($"at most {rules.Cap} participants");
        if ((OfKind(creator, command, others, rules) ?? OfAny(command)) is { } refusal) return refusal;

        var newcomers = command.DefaultPermissions ?? rules.Newcomers;
        var own = command.OwnPermissions ?? rules.Creator;
        var created = new ConversationCreated(creator, command.Kind, command.Title, newcomers,
            [new Participant(creator, own == newcomers ? null : own), .. others.Select(user => new Participant(user))], Settings(command, rules));
        return Fits(created) ? created : Refusals.TooLarge.Because(
            $"$.participants: with so many of such long ids the first entry would be larger than {OutboundBounds.MaxEntriesBytes} bytes; name fewer, and the others with conversation.add");
    }

    private static Refusal? OfKind(UserId creator, CreateConversation command, UserId[] others, KindRules rules) => rules.Membership switch
    {
        Membership.Fixed when (command.Title ?? command.DefaultPermissions ?? command.OwnPermissions ?? (object?)command.Settings) is not null || command.Distinct =>
            Refusals.NotForThisKind.Because("a direct conversation has no settings and no permissions of its own"),
        Membership.Fixed when others.Length != 1 && !(others.Length == 0 && command.Participants.Contains(creator)) =>
            Refusals.InvalidParams.Because("$.participants: a direct conversation has exactly one participant besides its creator, or for notes to himself the creator alone"),
        Membership.Free when others.Length > 0 => Refusals.NotForThisKind.Because("people join a room by themselves"),
        Membership.Free when command.Settings is { } settings && (settings.History ?? settings.Public ?? settings.Approval ?? settings.MembersInvite ?? (object?)settings.ConfirmInvitations) is not null =>
            Refusals.NotForThisKind.Because("a room is public, and shows its last ten entries"),
        _ when command.Distinct && rules.Distinct == Uniqueness.None => Refusals.NotForThisKind.Because("only a group is distinct"),
        _ when command.Distinct && others.Length == 0 => Refusals.InvalidParams.Because("$.participants: a distinct group has a participant besides its creator"),
        _ => null,
    };

    private static Refusal? OfAny(CreateConversation command)
    {
        if (command.Title is { } title && (title.Length == 0 || TextSize.CodePoints(title) > UpdateConversation.MaxTitle))
            return Refusals.InvalidParams.Because($"$.title: expected 1 to {UpdateConversation.MaxTitle} code points");
        if (command.Settings?.History == HistoryVisibility.LastTen) return Refusals.InvalidParams.Because("$.settings.history: expected all or whileIn");
        return SettingsRules.Newcomers(command.DefaultPermissions) ?? (command.Settings is { } settings ? SettingsRules.Check(settings) : null);
    }

    private static ConversationSettings? Settings(CreateConversation command, KindRules rules)
    {
        var wish = command.Settings ?? new NewSettings();
        var settings = new ConversationSettings(
            wish.Description is "" ? null : wish.Description, wish.Announcement is "" ? null : wish.Announcement, wish.CustomData is { IsEmpty: true } ? null : wish.CustomData,
            wish.History ?? rules.History, wish.Public ?? rules.Membership == Membership.Free, wish.Approval ?? false, wish.MembersInvite ?? false,
            wish.ConfirmInvitations ?? false, wish.Muted ?? false, command.Distinct);
        return settings == new ConversationSettings() ? null : settings;
    }

    /// <summary>No event of another type comes near the bound: requests name at most a hundred users.</summary>
    private static bool Fits(ConversationCreated created) =>
        JsonSerializer.SerializeToUtf8Bytes(created, ProtocolJson.Lenient.ConversationEvent).Length <= OutboundBounds.MaxEntriesBytes;
}
