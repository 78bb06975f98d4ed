using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>Rooms and one's own inbox, by the SDK against a real server.</summary>
public sealed class RoomTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task Who_comes_into_a_room_hears_what_is_said_there_and_who_comes_until_he_leaves(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var room = (await alice.Conversations.CreateRoomAsync("lobby")).Conversation;
        await alice.Messages.SendAsync(room, "before bob");
        using var shown = await alice.Conversations.OpenAsync(room);

        var joined = await bob.Conversations.JoinRoomAsync(room);
        using var seen = await bob.Conversations.OpenAsync(room);
        await alice.Messages.SendAsync(room, "with bob");

        Assert.Equal(2, joined.ParticipantCount);
        await UntilAsync(() => seen.Timeline.Items.OfType<TimelineMessage>().Select(one => one.Content.PlainText()).SequenceEqual(["before bob", "with bob"]), "bob has both");
        await UntilAsync(() => shown.Timeline.ParticipantCount == 2, "alice sees that two are there");
        await bob.Messages.SendAsync(room, "hello");
        await UntilAsync(() => shown.Timeline.Items.OfType<TimelineMessage>().Count() == 3, "alice has bob's");

        await bob.Conversations.LeaveRoomAsync(room);
        await UntilAsync(() => shown.Timeline.ParticipantCount == 1, "alice is alone");
        Assert.Equal(Refusals.NotFound, (await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Messages.SendAsync(room, "too late"))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task Of_what_is_too_much_for_a_room_the_sender_of_the_least_is_told_and_the_rest_comes_in(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Rooms:SendsPerSecond", "2"));
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var room = (await alice.Conversations.CreateRoomAsync("lobby")).Conversation;
        await bob.Conversations.JoinRoomAsync(room);

        var applause = Enumerable.Range(0, 40).Select(_ => bob.Messages.SendAsync(room, MessageContent.OfText("clap"), priority: MessagePriority.Low)).ToArray();
        var question = bob.Messages.SendAsync(room, MessageContent.OfText("May I ask?"), priority: MessagePriority.High);
        var answers = await Task.WhenAll(applause.Select(async one => await Record.ExceptionAsync(() => one)));

        Assert.All(answers, answer => Assert.True(answer is null or ParleyRefusedException { Refusal.Code: "rate_limited" }, $"{answer}"));
        Assert.InRange(answers.Count(answer => answer is not null), 1, 39);
        var last = await question;
        Assert.Equal(2 + answers.Count(answer => answer is null), last.Sequence.Value);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => bob.Messages.SendAsync(room, MessageContent.OfText("clap"), priority: MessagePriority.Unknown));
    }

    [Theory, EveryEngine]
    public async Task Where_somebody_puts_a_conversation_his_other_devices_hear_and_nobody_else(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var tablet = await server.ConnectAsync("alice", "tablet");
        var bob = await server.ConnectAsync("bob");
        var heard = new List<InboxChanged>();
        tablet.InboxChanged += (_, e) => heard.Add(e.Changed);
        bob.InboxChanged += (_, _) => Assert.Fail("it is none of bob's");
        var group = (await alice.Conversations.CreateGroupAsync([Bob])).Conversation;
        var sent = await bob.Messages.SendAsync(group, "hi");

        await alice.Inbox.UpdateAsync(new UpdateInbox(group, Pinned: true, Draft: "half"));
        await UntilAsync(() => heard.Count == 1, "the tablet hears of it");
        Assert.Equal(new InboxChanged(group, new InboxFlags(Pinned: true, Draft: "half")), heard[0]);
        Assert.Equal(group, Assert.Single((await tablet.Inbox.ListAsync(new ListInbox(Pinned: true))).Conversations).Conversation);
        Assert.Equal(sent.Sequence, (await alice.Inbox.MarkUnreadAsync(group, sent.Sequence)).UnreadFrom);
    }
}
