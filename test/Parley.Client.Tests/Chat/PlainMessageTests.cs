using Parley.Chat;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Chat;

/// <summary>Answering, editing, taking back, hiding and marking messages at pipes, against the server as it ships.</summary>
public sealed class PlainMessageTests : IAsyncLifetime
{
    private RealServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RealServer.StartNewAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Messages_are_answered_edited_and_taken_back_and_both_sides_are_told_which_and_what_they_say_now()
    {
        await using var alice = Seat.At(_server, "alice", "bob");
        await alice.UntilAsync("-- talking to bob as alice");
        await using var bob = Seat.At(_server, "bob", "alice");
        await bob.UntilAsync("-- talking to alice as bob");

        await alice.SaysAsync("Lunch at 12?");
        await bob.UntilLikeAsync("HH:mm alice: Lunch at 12?");
        await bob.SaysAsync("/reply Yes");
        await alice.UntilLikeAsync("HH:mm bob: (alice: Lunch at 12?) Yes");
        await alice.SaysAsync("/edit Lunch at 1?");
        foreach (var seat in new[] { alice, bob }) await seat.UntilLikeAsync("-- alice edited #2 of HH:mm: Lunch at 1?");
        await bob.SaysAsync("/edit #3 Yes, gladly");
        foreach (var seat in new[] { alice, bob }) await seat.UntilLikeAsync("-- bob edited #3 of HH:mm: (alice: Lunch at 1?) Yes, gladly");
        await bob.SaysAsync("/recall");
        foreach (var seat in new[] { alice, bob }) await seat.UntilLikeAsync("-- bob took #3 of HH:mm back");
        await alice.SaysAsync("/reply #2 one more time");
        await bob.UntilLikeAsync("HH:mm alice: (alice: Lunch at 1?) one more time");
        await alice.SaysAsync("/messages");
        await alice.UntilAsync("-- #2 alice: Lunch at 1? (edited)");
        await alice.UntilAsync("-- #3 bob: (taken back)");
        await alice.UntilAsync("-- #7 alice: (alice: Lunch at 1?) one more time");
        await alice.SaysAsync("/messages 1");
        await alice.UntilAsync("-- #7 alice: (alice: Lunch at 1?) one more time", times: 2);

        await using var later = Seat.At(_server, "bob", "alice");
        await later.UntilLikeAsync("HH:mm alice: Lunch at 1? (edited)");
        await later.UntilLikeAsync("HH:mm bob: (taken back)");
        await later.UntilLikeAsync("-- alice edited #2 of HH:mm: Lunch at 1?");
        await later.UntilLikeAsync("-- bob took #3 of HH:mm back");
    }

    [Fact]
    public async Task Without_a_number_the_last_message_is_meant_also_when_it_is_still_on_its_way()
    {
        await using (var alice = Seat.At(_server, "alice", "bob"))
        {
            await alice.SaysAsync("first");
            await alice.SaysAsync("secnod");
            await alice.SaysAsync("/edit second");
            await alice.SaysAsync("third");
            await alice.SaysAsync("/recall");
            Assert.Equal(0, await alice.LeavesAsync());
        }

        await using var bob = Seat.At(_server, "bob", "alice");
        await bob.UntilLikeAsync("-- alice took #5 of HH:mm back");
        Assert.Equal(["alice: first", "alice: second (edited)", "alice: (taken back)"], bob.Said());
    }

    [Fact]
    public async Task What_cannot_be_done_with_a_message_is_said_in_a_sentence_and_nothing_is_done()
    {
        await using var client = _server.ClientOf("alice");
        await client.ConnectAsync();
        await using var alice = Seat.At(_server, "alice", new GroupWish("lunch", [Bob]));
        await alice.UntilAsync("-- talking to lunch as alice");
        await using var bob = Seat.At(_server, "bob", new GroupWish("lunch", []));
        await bob.UntilAsync("-- talking to lunch as bob");

        await TellsAsync(bob, "/edit x", "-- You have said nothing here lately. If you mean an older message, say its number; /messages tells them.");
        await TellsAsync(bob, "/messages", "-- Nothing was said here.");
        await TellsAsync(bob, "/reply x", "-- Nobody else has said anything here lately. If you mean another message, say its number; /messages tells them.");
        await alice.SaysAsync("fish or soup?");
        await bob.UntilAsync("alice: fish or soup?");
        await TellsAsync(bob, "/edit #2 nothing", $"-- {Refusals.PermissionDenied.Meaning}");
        await TellsAsync(bob, "/recall #2", $"-- {Refusals.PermissionDenied.Meaning}", times: 2);
        await TellsAsync(bob, "/recall #1", "-- #1 is no message here; /messages tells their numbers.");
        await TellsAsync(bob, "/remove #2 #99", "-- #99 is no message here; /messages tells their numbers.");
        await TellsAsync(bob, "/messages", "-- #2 alice: fish or soup?");
        await alice.SaysAsync("/recall");
        await bob.UntilLikeAsync("-- alice took #2 of HH:mm back");
        await TellsAsync(bob, "/reply #2 soup", "-- #2 was taken back.");
        await bob.SaysAsync("soup");
        await alice.UntilAsync("bob: soup");
        await alice.SaysAsync("/mute bob");
        await bob.UntilAsync("-- alice muted bob for good");
        await bob.SaysAsync("hm");
        await bob.UntilAsync("-- Not sent: You are muted here until somebody lifts it.");
        await TellsAsync(bob, "/edit ham", "-- What you said last is not sent. If you mean another message, say its number; /messages tells them.");

        var lunch = (await client.Inbox.ListAsync()).Conversations.Single().Conversation;
        var picture = new MessageContent([MessagePart.OfUrl("image/png", new Uri("https://example.org/menu.png")), MessagePart.OfText("teh menu"), MessagePart.OfText("of today")], Mentions: new Mentions([Bob]));
        await client.Messages.SendAsync(lunch, new MessageContent([picture.Parts[0]]));
        await client.Messages.SendAsync(lunch, picture);
        await alice.UntilAsync("teh menu ⏎ of today");
        await alice.SaysAsync("/edit the menu");
        await bob.UntilLikeAsync("-- alice edited #7 of HH:mm: [image https://example.org/menu.png] ⏎ the menu");
        await TellsAsync(alice, "/edit #6 menu", "-- There is no text in #6 to be changed.");
        var now = (MessageSent)(await client.Messages.ListAsync(new ListMessages(lunch)).FirstAsync()).Event;
        Assert.Equal(new MessageContent([picture.Parts[0], MessagePart.OfText("the menu")], Mentions: new Mentions([Bob])), now.Content);

        await client.Conversations.UnmuteAsync(lunch, [Bob]);
        await client.Conversations.SetPermissionsAsync(lunch, Bob, PermissionPresets.Member | Permissions.EditAny | Permissions.RemoveAny);
        await bob.SaysAsync("/edit #7 the menu of bob");
        await alice.UntilLikeAsync("-- bob edited #7 of alice, HH:mm: [image https://example.org/menu.png] ⏎ the menu of bob");
        await bob.SaysAsync("/recall #7");
        await alice.UntilLikeAsync("-- bob took #7 of alice, HH:mm back");
    }

    [Fact]
    public async Task What_is_hidden_is_hidden_from_oneself_and_what_is_marked_unread_is_so_until_one_comes_back()
    {
        await using var alice = Seat.At(_server, "alice", "bob");
        await alice.UntilAsync("-- talking to bob as alice");
        await using var bob = Seat.At(_server, "bob", "alice");
        await bob.UntilAsync("-- talking to alice as bob");
        foreach (var text in new[] { "one", "two", "three" }) await alice.SaysAsync(text);
        await alice.UntilAsync("-- read by bob: three");

        await TellsAsync(bob, "/remove #2 3", "-- Hidden from you, on all your devices. Others see it still.");
        await TellsAsync(bob, "/unread", "-- This conversation is unread from #4 on, until you read on or come back.");
        await TellsAsync(bob, "/inbox", "--   1  alice (1 unread)  alice: three");
        await bob.SaysAsync("/open carol");
        await bob.UntilAsync("-- talking to carol as bob");
        await bob.SaysAsync("/open alice");
        await bob.UntilAsync("-- talking to alice as bob", times: 2);
        await bob.UntilAsync("-- 1 unread");
        await bob.UntilAsync("-- #2 to #3 not shown: hidden");
        var seen = bob.Seen.ToList();
        Assert.EndsWith("alice: three", seen[seen.LastIndexOf("-- unread:") + 1], StringComparison.Ordinal);
        await UntilReadAsync();
        await TellsAsync(bob, "/messages", "-- #4 alice: three");
        Assert.DoesNotContain("-- #2 alice: one", bob.Seen);
        await TellsAsync(alice, "/messages", "-- #2 alice: one");
        await TellsAsync(bob, "/unread #99", "-- #99 is no message here; /messages tells their numbers.");

        async Task UntilReadAsync()
        {
            await using var client = _server.ClientOf("bob");
            await client.ConnectAsync();
            for (var tries = 0; (await client.Inbox.CountUnreadAsync()).Unread > 0; tries++)
            {
                Assert.True(tries < 400, "who comes back has read it");
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    [Fact]
    public async Task A_message_that_is_older_than_what_is_loaded_is_named_by_its_number_too()
    {
        await using var client = _server.ClientOf("alice");
        await client.ConnectAsync();
        var direct = (await client.Conversations.DirectAsync(Bob)).Conversation;
        for (var number = 2; number <= 80; number++) await client.Messages.SendAsync(direct, $"number {number}");
        await using var alice = Seat.At(_server, "alice", "bob");
        await alice.UntilAsync("alice: number 80");
        await using var bob = Seat.At(_server, "bob", "alice");
        await bob.UntilAsync("alice: number 80");

        await alice.SaysAsync("/edit #2 the second");
        foreach (var seat in new[] { alice, bob }) await seat.UntilAsync("-- alice edited #2: the second");
        await bob.SaysAsync("/reply #3 the third");
        await alice.UntilLikeAsync("HH:mm bob: (an answer) the third");
        await alice.SaysAsync("/recall #3");
        await bob.UntilAsync("-- alice took #3 back");
        await TellsAsync(alice, "/recall #3", "-- #3 was taken back.");
        await TellsAsync(alice, "/recall #1", "-- #1 is no message here; /messages tells their numbers.");
        Assert.DoesNotContain(alice.Seen, line => line.EndsWith("number 2", StringComparison.Ordinal));
    }

    private static async Task TellsAsync(Seat seat, string command, string answer, int times = 1)
    {
        await seat.SaysAsync(command);
        await seat.UntilAsync(answer, times);
    }
}
