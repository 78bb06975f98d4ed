using Parley.Chat;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Chat;

/// <summary>Every event has a sentence that names who did what to whom.</summary>
public sealed class ChatSentencesTests
{
    private static readonly DateTimeOffset Nine = new(2026, 11, 20, 9, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, ConversationEvent> Sentences => new()
    {
        { "alice began this conversation", new ConversationCreated(Alice, ConversationKind.Direct, null, Permissions.Read, [new Participant(Alice), new Participant(Bob)]) },
        { "alice began these notes", new ConversationCreated(Alice, ConversationKind.Direct, null, Permissions.Read, [new Participant(Alice)]) },
        { "alice made the broadcast \"news\" with bob", new ConversationCreated(Alice, ConversationKind.Broadcast, "news", Permissions.Read, [new Participant(Alice), new Participant(Bob)]) },
        { "alice made the room with nobody", new ConversationCreated(Alice, ConversationKind.Room, null, Permissions.Read, [new Participant(Alice)]) },
        { "alice called it \"lunch\", set the topic to \"fish\" and muted everybody", new ConversationChanged(Alice, "lunch", "fish", Muted: true) },
        { "alice took the title away, took the topic away and took the announcement away", new ConversationChanged(Alice, "", "", "") },
        { "alice announced \"soup\", opened it to everybody and changed its custom data", new ConversationChanged(Alice, Announcement: "soup", Public: true, CustomData: CustomData.Empty) },
        {
            "alice lets those who come by themselves wait to be let in, lets everybody invite, has people asked who are invited and makes newcomers listener",
            new ConversationChanged(Alice, Approval: true, MembersInvite: true, ConfirmInvitations: true, DefaultPermissions: PermissionPresets.Listener)
        },
        {
            "alice lets those who come by themselves in at once, lets only those invite who look after it and has people in at once who are invited",
            new ConversationChanged(Alice, Approval: false, MembersInvite: false, ConfirmInvitations: false)
        },
        { "alice closed it to those outside and lets everybody speak again", new ConversationChanged(Alice, Public: false, Muted: false) },
        { "alice changed something", new ConversationChanged(Alice) },
        { "alice ended this conversation for everybody", new ConversationDeleted(Alice) },
        {
            "alice made bob admin and made carol listener",
            new PermissionsChanged(Alice, [new Participant(Bob, PermissionPresets.Admin), new Participant(Carol, PermissionPresets.Listener)])
        },
        { "alice made bob and carol owner", new PermissionsChanged(Alice, [new Participant(Bob, PermissionPresets.Owner), new Participant(Carol, PermissionPresets.Owner)]) },
        { "bob changed mood and place", new AttributesChanged(Bob, null, new Dictionary<string, string> { ["mood"] = "good" }, ["place"]) },
        { "bob changed nick of carol", new AttributesChanged(Bob, Carol, new Dictionary<string, string> { ["nick"] = "c" }, null) },
        { "alice added bob", new ParticipantsAdded(Alice, [new Participant(Bob)]) },
        { "alice removed bob and carol", new ParticipantsRemoved(Alice, [Bob, Carol]) },
        { "bob joined", new ParticipantJoined(Bob) },
        { "bob came, invited by alice", new ParticipantJoined(Bob, InvitedBy: Alice) },
        { "bob left", new ParticipantLeft(Bob) },
        { "alice invited bob", new ParticipantsInvited(Alice, [Bob]) },
        { "bob does not come", new InvitationDeclined(Bob) },
        { "alice invites bob no longer", new InvitationsWithdrawn(Alice, [Bob]) },
        { "bob asks to be let in: please", new JoinRequested(Bob, "please") },
        { "bob asks to be let in", new JoinRequested(Bob) },
        { "alice did not let bob in", new JoinsDeclined(Alice, [Bob]) },
        { "alice muted bob until 20 November 09:00 UTC", new ParticipantsMuted(Alice, [Bob], Nine) },
        { "alice muted bob for good", new ParticipantsMuted(Alice, [Bob], MuteParticipants.Forever) },
        { "alice lets bob speak again", new ParticipantsUnmuted(Alice, [Bob]) },
        { "alice banned bob", new ParticipantsBanned(Alice, [Bob]) },
        { "alice lets bob come back", new ParticipantsUnbanned(Alice, [Bob]) },
        { "alice lets bob speak while others may not", new ParticipantsAllowed(Alice, [Bob]) },
        { "alice lets bob speak only when others may", new ParticipantsDisallowed(Alice, [Bob]) },
        { "alice edited #2", new MessageEdited(Alice, MessageId.New(), new Sequence(2), 1, null) },
        { "bob took #2 back", new MessageRecalled(Bob, MessageId.New(), new Sequence(2)) },
        { "alice: (taken back)", new MessageSent(MessageId.New(), Alice, MessageContent.None, Recalled: true) },
        { "alice: look\n[image cat.png https://example.org/cat.png]", new MessageSent(MessageId.New(), Alice, new MessageContent([MessagePart.OfText("look"), MessagePart.OfUrl("image/png", new Uri("https://example.org/cat.png"), "cat.png")])) },
        { "alice: [place Paris 48.85, 2.35]", new MessageSent(MessageId.New(), Alice, new MessageContent([MessagePart.Of(new Location(48.85, 2.35, "Paris"))])) },
        { "alice: [command]", new MessageSent(MessageId.New(), Alice, new MessageContent([MessagePart.Of(new AppCommand("ring"))])) },
    };

    [Theory, MemberData(nameof(Sentences))]
    public void What_happened_is_said(string sentence, ConversationEvent happened) => Assert.Equal(sentence, ChatSentences.Of(happened));

    public static TheoryData<string, Refusal> Refused => new()
    {
        { Refusals.PermissionDenied.Meaning, Refusals.PermissionDenied },
        { $"{Refusals.UnsupportedContent.Meaning} ($.content)", Refusals.UnsupportedContent.Because("$.content") },
        { "This is not for a conversation of this kind: only a group is distinct.", Refusals.NotForThisKind.Because("only a group is distinct") },
        { "carol is not invited.", Refusals.InvalidParams.Because("carol is not invited") },
        { "user: expected somebody else.", Refusals.InvalidParams.Because("$.user: expected somebody else") },
        { "You are muted here until 20 November 09:00 UTC.", Refusals.Muted.Because("until 2026-11-20T09:00:00.000Z") },
        { "You are muted here until somebody lifts it.", Refusals.Muted.Because("until somebody lifts it") },
        { "You are muted everywhere until 20 November 09:00 UTC.", Refusals.MutedInApp.Because("until 2026-11-20T09:00:00.000Z") },
    };

    [Theory, MemberData(nameof(Refused))]
    public void Why_something_is_not_done_is_said_to_who_asked_for_it(string sentence, Refusal refusal) => Assert.Equal(sentence, ChatSentences.Of(new ParleyRefusedException(refusal)));

    [Fact]
    public void Every_event_of_this_version_has_a_sentence() =>
        Assert.Empty(EventTypes.Names.Except(Sentences.Select(row => row.Data.Item2.Type)).Except(["message.sent"]));
}
