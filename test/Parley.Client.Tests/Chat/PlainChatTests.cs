using Parley.Chat;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Chat;

/// <summary>Two people at two pipes, against the server as it ships.</summary>
public sealed class PlainChatTests : IAsyncLifetime
{
    private RealServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RealServer.StartNewAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Two_people_talk_through_a_server_that_is_killed_under_them_and_see_the_same()
    {
        await using var alice = Sit("alice", "bob");
        await alice.SaysAsync("hello bob 🎉");
        await alice.UntilAsync("alice: hello bob 🎉");

        await using var bob = Sit("bob", "alice");
        await bob.UntilAsync("-- 1 unread");
        await bob.UntilAsync("alice: hello bob 🎉");
        await alice.UntilAsync("-- read by bob: hello bob 🎉");

        await _server.KillAsync();
        await alice.UntilAsync("-- reconnecting…");
        await alice.SaysAsync("are you\\");
        await alice.SaysAsync("still there?");
        await bob.SaysAsync("👨‍👩‍👧 says hi");
        await _server.StartAsync();

        await bob.UntilAsync("alice: are you ⏎ still there?");
        await alice.UntilAsync("bob: 👨‍👩‍👧 says hi");
        await bob.UntilAsync("bob: 👨‍👩‍👧 says hi");
        await alice.UntilAsync("alice: are you ⏎ still there?");
        Assert.Equal(0, await alice.LeavesAsync());
        Assert.Equal(0, await bob.LeavesAsync());
        Assert.Equal(3, alice.Said().Count);
        Assert.Equal(alice.Said(), bob.Said());
    }

    [Fact]
    public async Task Who_waits_for_a_server_is_told_for_which()
    {
        await _server.KillAsync();

        await using var alice = Sit("alice", "bob");

        await alice.UntilAsync($"-- connecting to {_server.Address}…");
        await _server.StartAsync();
        await alice.UntilAsync("-- talking to bob as alice");
    }

    [Fact]
    public async Task What_somebody_calls_himself_stands_behind_his_id_and_never_in_its_place()
    {
        await using var bob = Sit("bob", "alice");
        await bob.UntilAsync("-- talking to alice as bob");
        await bob.SaysAsync("/name alice\u001b[31m, the boss");
        await bob.UntilAsync("-- Others may see alice␛[31m, the boss beside your id.");

        await using var alice = Sit("alice", "bob");
        await alice.UntilAsync("-- talking to bob (alice␛[31m, the boss) as alice");
        await bob.SaysAsync("hello");
        await alice.UntilAsync("bob: hello");
    }

    [Fact]
    public async Task Groups_and_the_inbox_are_commands()
    {
        await using var alice = Sit("alice", "bob");
        await alice.UntilAsync("-- talking to bob as alice");
        await alice.SaysAsync("/group bob : lunch");
        await alice.UntilAsync("-- talking to lunch as alice");
        await alice.SaysAsync("/add carol");
        await alice.UntilAsync("-- alice added carol");
        await alice.SaysAsync("who is hungry?");
        await alice.UntilAsync("alice: who is hungry?");
        await alice.SaysAsync("/inbox");
        await alice.UntilAsync("--   1  lunch  alice: who is hungry?");
        await alice.SaysAsync("/open 2");
        await alice.UntilAsync("-- talking to bob as alice", times: 2);
        await alice.SaysAsync("/leave");
        await alice.UntilAsync("-- This is not for a conversation of this kind: a direct conversation is two people for ever.");
        await alice.SaysAsync("/quit");
        Assert.Equal(0, await alice.LeavesAsync());
    }

    [Fact]
    public async Task A_group_is_made_by_its_title_and_opened_by_it_and_looked_after_by_commands()
    {
        await using var alice = Sit("alice", new GroupWish("lunch", [Bob, Carol]));
        await alice.UntilAsync("-- talking to lunch as alice");
        await using var bob = Sit("bob", new GroupWish("lunch", []));
        await bob.UntilAsync("-- alice made the group \"lunch\" with bob and carol");

        await alice.SaysAsync("/topic fish or soup");
        await bob.UntilAsync("-- alice set the topic to \"fish or soup\"");
        await bob.SaysAsync("/mute carol");
        await bob.UntilAsync($"-- {Refusals.PermissionDenied.Meaning}");
        await alice.SaysAsync("/mute bob 10m");
        await bob.UntilAsync(" UTC");
        await bob.SaysAsync("soup!");
        await bob.UntilAsync("-- Not sent: You are muted here until ", anywhere: true);
        await alice.SaysAsync("/who");
        await alice.UntilAsync("-- ● bob  member, muted");
        await alice.UntilAsync("-- ● alice  owner");
        await alice.UntilAsync("-- ○ carol  member");
        await alice.SaysAsync("/unmute bob");
        await bob.UntilAsync("-- alice lets bob speak again");
        await bob.SaysAsync("soup, please");
        await alice.UntilAsync("bob: soup, please");
        await alice.SaysAsync("/admin bob");
        await bob.UntilAsync("-- alice made bob admin");
        await bob.SaysAsync("/kick carol");
        await alice.UntilAsync("-- bob removed carol");
        await alice.SaysAsync("/title dinner");
        await bob.UntilAsync("-- alice called it \"dinner\"");
        await alice.SaysAsync("/leave");
        await alice.UntilAsync($"-- {Refusals.LastOwner.Meaning}");
        await bob.SaysAsync("/leave");
        await alice.UntilAsync("-- bob left");
        Assert.Equal(0, await alice.LeavesAsync());
        Assert.Equal(0, await bob.LeavesAsync());
    }

    [Fact]
    public async Task Contacts_are_asked_and_accepted_and_who_is_blocked_is_told_so()
    {
        await using var alice = Sit("alice", "bob");
        await alice.UntilAsync("-- talking to bob as alice");
        await using var bob = Sit("bob", "alice");
        await bob.UntilAsync("-- talking to alice as bob");

        await alice.SaysAsync("/contact bob");
        await alice.UntilAsync("-- bob is asked to be a contact of yours.");
        await bob.UntilAsync("-- alice asks to be a contact of yours  (/contact alice, or /uncontact alice)");
        await bob.SaysAsync("/contacts");
        await bob.UntilAsync("-- alice  asks");
        await bob.SaysAsync("/contact alice");
        await alice.UntilAsync("-- bob is a contact of yours.");
        await bob.SaysAsync("/uncontact alice");
        await alice.UntilAsync("-- bob is no contact of yours.");
        await alice.SaysAsync("/contacts");
        await alice.UntilAsync("-- You have no contacts.");
        await alice.SaysAsync("/block bob");
        await alice.UntilAsync("-- bob cannot reach you directly any more.");
        await bob.SaysAsync("hello?");
        await bob.UntilAsync($"-- Not sent: {Refusals.Blocked.Meaning}", anywhere: true);
        await alice.SaysAsync("/unblock bob");
        await alice.UntilAsync("-- bob can reach you directly.");
        await bob.SaysAsync("hello again");
        await alice.UntilAsync("bob: hello again");

        await _server.KillAsync();
        await alice.UntilAsync("-- reconnecting…");
        await bob.UntilAsync("-- reconnecting…");
        await _server.StartAsync();
        await bob.SaysAsync("/contact alice");
        await alice.UntilAsync("-- bob asks to be a contact of yours  (/contact bob, or /uncontact bob)");
        Assert.Single(alice.Seen, line => line == "-- bob is no contact of yours.");
    }

    [Fact]
    public async Task Several_peers_are_the_one_group_of_these_people_whoever_opens_it()
    {
        await using var alice = Sit("alice", new GroupWish(null, [Bob, Carol]));
        await alice.UntilAsync("-- talking to bob and carol as alice");
        await using var bob = Sit("bob", new GroupWish(null, [Carol, Alice]));
        await bob.UntilAsync("-- talking to alice and carol as bob");

        await bob.SaysAsync("found you");

        await alice.UntilAsync("bob: found you");
    }

    [Fact]
    public async Task An_invitation_is_told_and_accepted_by_its_number()
    {
        await using var bob = Sit("bob", "carol");
        await bob.UntilAsync("-- talking to carol as bob");
        await using var client = _server.ClientOf("alice");
        await client.ConnectAsync();
        var party = (await client.Conversations.CreateAsync(
            new CreateConversation(ConversationId.New(), ConversationKind.Group, [], "party", Settings: new NewSettings(ConfirmInvitations: true)))).Conversation;

        await client.Conversations.InviteAsync(party, [Bob]);
        await bob.UntilAsync("-- alice invites you to \"party\": /accept 1 or /decline 1");
        await bob.SaysAsync("/accept 2");
        await bob.UntilAsync("-- 2 is no number of /invitations.");
        await bob.SaysAsync("/accept 1");
        await bob.UntilAsync("-- talking to party as bob");
        await bob.UntilAsync("-- bob came, invited by alice");
        await bob.SaysAsync("/invitations");
        await bob.UntilAsync("-- You are invited to nothing.");
    }

    [Fact]
    public async Task Clubs_broadcasts_and_rooms_are_made_found_and_come_into()
    {
        await using var alice = Sit("alice", "bob");
        await alice.UntilAsync("-- talking to bob as alice");
        await using var bob = Sit("bob", "alice");
        await bob.UntilAsync("-- talking to alice as bob");

        await alice.SaysAsync("/club bob : chess");
        await alice.UntilAsync("-- talking to chess as alice");
        await bob.UntilAsync("-- alice invites you to \"chess\": /accept 1 or /decline 1");
        await bob.SaysAsync("/accept 1");
        await alice.UntilAsync("-- bob came, invited by alice");
        await alice.SaysAsync("/broadcast bob : news");
        await alice.UntilAsync("-- alice made the broadcast \"news\" with bob");
        await alice.SaysAsync("/room lobby");
        await alice.UntilAsync("-- talking to lobby as alice");
        await bob.SaysAsync("/public");
        await bob.UntilAsync("--   1  lobby  room of 1");
        await bob.SaysAsync("/join 2");
        await bob.UntilAsync("-- 2 is no number of /public.");
        await bob.SaysAsync("/join 1");
        await bob.UntilAsync("-- talking to lobby as bob");
        await bob.SaysAsync("anybody here?");
        await alice.UntilAsync("bob: anybody here?");
        await bob.SaysAsync("/leave");
        await bob.UntilAsync("-- You are out of this conversation.");
    }

    [Fact]
    public async Task Who_asks_is_let_in_and_a_group_is_moderated_put_aside_handed_over_and_ended()
    {
        await using var client = _server.ClientOf("alice");
        await client.ConnectAsync();
        await client.Conversations.CreateAsync(new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [], "club", Settings: new NewSettings(Public: true, Approval: true)));
        await using var alice = Sit("alice", new GroupWish("club", []));
        await alice.UntilAsync("-- talking to club as alice");
        await using var bob = Sit("bob", "carol");
        await bob.UntilAsync("-- talking to carol as bob");

        await alice.SaysAsync("/requests");
        await alice.UntilAsync("-- Nobody asks to be let in.");
        await bob.SaysAsync("/public");
        await bob.UntilAsync("--   1  club  group of 1, who comes is let in");
        foreach (var (answer, told) in new[] { ("/reject bob", "-- alice did not let bob in"), ("/approve bob", "-- alice added bob") })
        {
            await bob.SaysAsync("/join 1");
            await alice.UntilAsync("-- bob asks to be let in", times: answer == "/reject bob" ? 1 : 2);
            await alice.SaysAsync("/requests");
            await alice.UntilAsync("-- bob", times: answer == "/reject bob" ? 1 : 2);
            await alice.SaysAsync(answer);
            await alice.UntilAsync(told);
        }

        await bob.UntilAsync("-- You asked to be let in.", times: 2);
        await bob.SaysAsync("/inbox");
        await bob.UntilAsync("--   1  club");
        await bob.SaysAsync("/open 1");
        await bob.UntilAsync("-- talking to club as bob");
        await alice.SaysAsync("/muteall");
        await bob.UntilAsync("-- alice muted everybody");
        await bob.SaysAsync("hm");
        await bob.UntilAsync($"-- Not sent: {Refusals.ConversationMuted.Meaning}", anywhere: true);
        await alice.SaysAsync("/allow bob");
        await bob.UntilAsync("-- alice lets bob speak while others may not");
        await alice.SaysAsync("/who");
        await alice.UntilAsync("-- ● bob  member, allowed");
        await bob.SaysAsync("thanks");
        await alice.UntilAsync("bob: thanks");
        await alice.SaysAsync("/disallow bob");
        await alice.SaysAsync("/unmuteall");
        await bob.UntilAsync("-- alice lets everybody speak again");
        await alice.SaysAsync("/admin bob");
        await alice.SaysAsync("/member bob");
        await bob.UntilAsync("-- alice made bob member");

        foreach (var (said, heard) in new[]
        {
            ("/pin", "is pinned."), ("/unpin", "is pinned no longer."), ("/archive", "is put aside."), ("/unarchive", "is back in your inbox."),
            ("/hide", "is out of sight until something new is in it."), ("/silence 8h", " UTC."), ("/silence", "for good."),
            ("/unsilence", "You are to be notified of this conversation."), ("/status busy in a meeting", "-- You are busy: in a meeting."), ("/status auto", "-- You are online."),
        })
        {
            await bob.SaysAsync(said);
            await bob.UntilAsync(heard);
        }

        await alice.SaysAsync("/owner bob");
        await bob.UntilAsync("-- alice made bob owner and made alice admin");
        await bob.SaysAsync("/delete");
        await bob.UntilAsync("If you mean it: /delete yes.");
        await bob.SaysAsync("/delete yes");
        await alice.UntilAsync("-- bob ended this conversation for everybody");
    }

    [Fact]
    public async Task What_was_said_before_the_input_ended_is_on_the_log()
    {
        await using (var alice = Sit("alice", "bob"))
        {
            for (var count = 0; count < 20; count++) await alice.SaysAsync($"{count}");
            await alice.LeavesAsync();
        }

        await using var bob = Sit("bob", "alice");
        await bob.UntilAsync("alice: 19");
        Assert.Equal(Enumerable.Range(0, 20).Select(count => $"alice: {count}"), bob.Said());
    }

    [Fact]
    public async Task A_token_that_is_refused_ends_the_chat_with_a_sentence()
    {
        var options = new ChatOptions(Alice, Bob, null, _server.Address, _ => ValueTask.FromResult("no.such.token"));
        var chat = new ChatCommand(TextReader.Null, TextWriter.Null, ChatSurface.Plain, TimeProvider.System);

        var error = await Assert.ThrowsAsync<CommandException>(() => chat.RunAsync(options, CancellationToken.None));

        Assert.Contains(Refusals.Unauthorized.Meaning, error.Message, StringComparison.Ordinal);
    }

    private Seat Sit(string user, string peer) => Seat.At(_server, user, peer);

    private Seat Sit(string user, GroupWish group) => Seat.At(_server, user, group);
}
