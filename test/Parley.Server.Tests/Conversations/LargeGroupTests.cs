using System.Text;
using System.Text.Json;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;

namespace Parley.Tests.Conversations;

public class LargeGroupTests
{
    [Theory, EveryEngine]
    public async Task A_group_of_five_thousand_reaches_a_participant_as_a_notification_and_as_a_page_of_one_frame_each(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var bob = await server.ConnectAsync("bob");
        var group = Guid.NewGuid();

        var created = await alice.AskAsync(Methods.CreateConversation, Talk.Group(group, ["bob", .. Enumerable.Range(1_000, 4_998).Select(number => $"u{number}")]));
        var told = await bob.ReadMessageAsync();
        var page = await bob.EntriesAsync(group);

        Assert.Null(Talk.CodeOf(created));
        Assert.Equal(Methods.Entry, told.GetProperty("method").GetString());
        Assert.Equal(5_000, ParticipantsOf(told.GetProperty("params")));
        Assert.Equal(5_000, ParticipantsOf(page.GetProperty("result").GetProperty("entries")[0]));
        Assert.All([created, told, page], message => Assert.InRange(Encoding.UTF8.GetByteCount(message.GetRawText()), 1, OutboundBounds.MaxFrameBytes));

        static int ParticipantsOf(JsonElement entry) => entry.GetProperty("event").GetProperty("participants").GetArrayLength();
    }

    [Theory, EveryEngine]
    public async Task The_first_entry_of_a_group_is_as_large_as_a_frame_has_room_for_and_not_a_byte_larger(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (fitting, tooLarge) = (GroupWithAnEventOf(OutboundBounds.MaxEntriesBytes), GroupWithAnEventOf(OutboundBounds.MaxEntriesBytes + 1));

        var created = await server.CreateAsync("alice", fitting);
        var refused = await server.CreateAsync("alice", tooLarge);

        var entry = Encode(created.Value!.Entry!);
        Assert.Equal(OutboundBounds.MaxEntriesBytes, EventOf(created.Value.Entry!.Event).Length);
        Assert.InRange(entry.Notification.Length, OutboundBounds.MaxEntriesBytes, OutboundBounds.MaxFrameBytes);
        Assert.InRange(ConversationAnswers.Created(created.Value.Conversation, entry, CreationOutcome.Created).Length, OutboundBounds.MaxEntriesBytes, OutboundBounds.MaxFrameBytes);
        Assert.Equal(created.Value.Entry!.Sequence, Assert.Single(await server.HistoryAsync("u0".PadRight(100, 'x'), fitting.Conversation)).Sequence);
        Assert.Equal(Refusals.TooLarge, refused.Refusal);
        Assert.Contains("conversation.add", refused.Refusal!.Detail, StringComparison.Ordinal);
        Assert.Equal(Refusals.NotFound, (await server.EntriesAsync("alice", new ReadEntries(tooLarge.Conversation))).Refusal);
    }

    [Theory, EveryEngine]
    public async Task Of_a_group_of_200_everybody_is_told_and_of_201_only_how_many_they_are(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var created = await CreateAsync(200);
        var group = created.Conversation;
        Assert.Equal((200, 200), (created.Participants?.Count, created.ParticipantCount));
        Assert.Equal((200, 200, 200), await ToldAsync());

        await server.AddAsync("alice", group, "bob");

        Assert.Equal((null, 201, null), await ToldAsync());
        created = await CreateAsync(201);
        Assert.Equal((null, 201), (created.Participants?.Count, created.ParticipantCount));

        async Task<ConversationState> CreateAsync(int many)
        {
            var others = Enumerable.Range(1, many - 1).Select(number => new UserId($"u{number}"));
            return (await server.CreateAsync("alice", new CreateConversation(ConversationId.New(), ConversationKind.Group, [.. others]))).Value!.Conversation;
        }

        async Task<(int? Listed, int? Count, int? Synced)> ToldAsync()
        {
            var state = await server.StateAsync("alice", group);
            var sync = new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(group, Sequence.None)]);
            var synced = (await server.AskAsync<ConversationsSynced>(server.As("alice"), sync)).Value!.Conversations.Single();
            return (state.Participants?.Count, state.ParticipantCount, synced.Participants?.Count);
        }
    }

    [Fact]
    public void The_largest_event_of_every_other_type_fits()
    {
        UserId[] users = [.. Enumerable.Range(0, AddParticipants.MaxUsers).Select(number => new UserId($"{number}".PadLeft(UserId.MaxLength, 'x')))];
        ConversationEvent[] largest =
        [
            new ParticipantsAdded(users[0], [.. users.Select(user => new Participant(user, (Permissions)511))]),
            new ParticipantsRemoved(users[0], users),
            new ParticipantLeft(users[0]),
            new ParticipantJoined(users[0], (Permissions)511, users[1]),
            new ConversationChanged(
                users[0], Longest(UpdateConversation.MaxTitle), Longest(UpdateConversation.MaxText), Longest(UpdateConversation.MaxText),
                CustomData.Parse($$"""{"":"{{new string('é', (CustomData.MaxBytes - 7) / 2)}}"}"""), true, true, true, true, true, (Permissions)511),
            new ConversationDeleted(users[0]),
            new PermissionsChanged(users[0], [.. users.Select(user => new Participant(user, (Permissions)511))]),
            // What the rule lets through, and what is around it.
            new AttributesChanged(users[0], users[1], new Dictionary<string, string> { [""] = new('x', OutboundBounds.MaxEntriesBytes / 2) }, null),
            new ParticipantsInvited(users[0], users),
            new InvitationDeclined(users[0]),
            new InvitationsWithdrawn(users[0], users),
            new JoinRequested(users[0], Longest(JoinConversation.MaxMessage)),
            new JoinsDeclined(users[0], users),
            new ParticipantsMuted(users[0], users, MuteParticipants.Forever),
            new ParticipantsUnmuted(users[0], users),
            new ParticipantsBanned(users[0], users, users),
            new ParticipantsUnbanned(users[0], users),
            new ParticipantsAllowed(users[0], users),
            new ParticipantsDisallowed(users[0], users),
            // Escaped, each of these takes twelve bytes.
            new MessageSent(MessageId.New(), users[0], MessageContent.OfText(string.Concat(Enumerable.Repeat("\U0010FFFF", MessageContent.MaxCodePoints)))),
            new MessageEdited(users[0], MessageId.New(), new Sequence(Sequence.MaxValue), int.MaxValue, MessageContent.OfText(string.Concat(Enumerable.Repeat("\U0010FFFF", MessageContent.MaxCodePoints)))),
            new MessageRecalled(users[0], MessageId.New(), new Sequence(Sequence.MaxValue)),
        ];

        Assert.Equal(EventTypes.Names.Order(), largest.Select(one => one.Type).Append("conversation.created").Order());
        Assert.All(largest, one => Assert.InRange(EventOf(one).Length, 1, OutboundBounds.MaxEntriesBytes));

        static string Longest(int codePoints) => string.Concat(Enumerable.Repeat("\U0010FFFF", codePoints));
    }

    /// <summary>A group of alice and many others, so many that its first event takes exactly these bytes.</summary>
    private static CreateConversation GroupWithAnEventOf(int bytes)
    {
        const int Each = 100;
        var around = """{"user":""},""".Length;
        var empty = new CreateConversation(ConversationId.New(), ConversationKind.Group, []);
        var rest = bytes - EventOf(CreationRules.Create(new UserId("alice"), empty).Value!).Length;
        var many = (rest / (Each + around)) - 1;
        rest -= (many * (Each + around)) + (2 * around);
        return empty with
        {
            Participants =
            [
                new UserId("u0".PadRight(Each, 'x')), .. Enumerable.Range(1, many - 1).Select(number => new UserId($"u{number}".PadRight(Each, 'x'))),
                new UserId(new string('y', rest / 2)), new UserId(new string('z', rest - (rest / 2))),
            ],
        };
    }

    private static byte[] EventOf(ConversationEvent happened) => JsonSerializer.SerializeToUtf8Bytes(happened, ProtocolJson.Lenient.ConversationEvent);

    private static EncodedEntry Encode(LogEntry entry) =>
        new(new ConversationKey(new AppId(1), entry.Conversation), entry.Sequence, entry.At, EventOf(entry.Event));
}
