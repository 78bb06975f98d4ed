using System.Net.Http.Json;
using Parley.Chat;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Chat;

/// <summary>What a conversation says of itself, how people come into it, and who somebody is, at pipes.</summary>
public sealed class PlainSettingsTests
{
    [Fact]
    public async Task A_group_is_opened_to_everybody_who_asks_with_a_text_and_closed_again()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var alice = Seat.At(server, "alice", new GroupWish("chess", [Carol]));
        await alice.UntilAsync("-- talking to chess as alice");
        await using var bob = Seat.At(server, "bob", "carol");
        await bob.UntilAsync("-- talking to carol as bob");

        await bob.SaysAsync("/public");
        await bob.UntilAsync("-- Nothing is public.");
        await alice.SaysAsync("/public on");
        await alice.UntilAsync("-- alice opened it to everybody");
        await alice.SaysAsync("/approval on");
        await alice.UntilAsync("-- alice lets those who come by themselves wait to be let in");
        await bob.SaysAsync("/public");
        await bob.UntilAsync("--   1  chess  group of 2, who comes is let in");
        await bob.SaysAsync("/join 1 I play  well");
        await bob.UntilAsync("-- You asked to be let in.");
        await alice.UntilAsync("-- bob asks to be let in: I play  well");
        await alice.SaysAsync("/approve bob");
        await alice.UntilAsync("-- alice added bob");
        await alice.SaysAsync("/approval off");
        await alice.UntilAsync("-- alice lets those who come by themselves in at once");
        await alice.SaysAsync("/public off");
        await alice.UntilAsync("-- alice closed it to those outside");
        await alice.SaysAsync("/public off");
        await alice.UntilAsync($"-- {Refusals.Unchanged.Meaning}", anywhere: true);
        await using var dave = Seat.At(server, "dave", "bob");
        await dave.SaysAsync("/public");
        await dave.UntilAsync("-- Nothing is public.");
    }

    [Fact]
    public async Task Who_is_invited_is_asked_and_the_invitation_taken_back_and_members_invite_where_they_may()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var alice = Seat.At(server, "alice", new GroupWish("chess", [Bob]));
        await alice.UntilAsync("-- talking to chess as alice");
        await using var bob = Seat.At(server, "bob", new GroupWish("chess", []));
        await bob.UntilAsync("-- talking to chess as bob");
        await using var carol = Seat.At(server, "carol", "bob");
        await carol.UntilAsync("-- talking to bob as carol");

        await bob.SaysAsync("/invite carol");
        await bob.UntilAsync($"-- {Refusals.PermissionDenied.Meaning}");
        await alice.SaysAsync("/memberinvite on");
        await bob.UntilAsync("-- alice lets everybody invite");
        await alice.SaysAsync("/confirm on");
        await bob.UntilAsync("-- alice has people asked who are invited");
        await bob.SaysAsync("/invite carol");
        await carol.UntilAsync("-- bob invites you to \"chess\": /accept 1 or /decline 1");
        await alice.SaysAsync("/uninvite carol");
        await bob.UntilAsync("-- alice invites carol no longer");
        await carol.SaysAsync("/accept 1");
        await carol.UntilAsync($"-- {Refusals.NotFound.Meaning}");
        await alice.SaysAsync("/confirm off");
        await bob.UntilAsync("-- alice has people in at once who are invited");
        await bob.SaysAsync("/invite carol");
        await alice.UntilAsync("-- bob added carol");
        await alice.SaysAsync("/memberinvite off");
        await bob.UntilAsync("-- alice lets only those invite who look after it");
    }

    [Fact]
    public async Task An_announcement_is_told_to_who_opens_it_and_attributes_are_kept()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var alice = Seat.At(server, "alice", new GroupWish("lunch", [Bob]));
        await alice.UntilAsync("-- talking to lunch as alice");

        await alice.SaysAsync("/announce fish  today");
        await alice.UntilAsync("-- alice announced \"fish  today\"");
        await using var bob = Seat.At(server, "bob", new GroupWish("lunch", []));
        await bob.UntilAsync("-- Announcement: fish  today");
        await bob.SaysAsync("/attributes");
        await bob.UntilAsync("-- There are none.");
        await bob.SaysAsync("/attribute place Paris,  France");
        await alice.UntilAsync("-- bob changed place");
        await bob.SaysAsync("/attribute @bob nick Bobby");
        await alice.UntilAsync("-- bob changed nick of bob");
        await alice.SaysAsync("/attributes");
        await alice.UntilAsync("-- place: Paris,  France");
        await alice.SaysAsync("/attributes bob");
        await alice.UntilAsync("-- nick: Bobby");
        await bob.SaysAsync("/attribute @alice nick Ally");
        await bob.UntilAsync($"-- {Refusals.PermissionDenied.Meaning}", anywhere: true);
        await bob.SaysAsync("/unattribute @bob nick");
        await alice.UntilAsync("-- bob changed nick of bob", times: 2);
        await alice.SaysAsync("/unattribute place");
        await alice.UntilAsync("-- alice changed place");
        await bob.SaysAsync("/attributes");
        await bob.UntilAsync("-- There are none.", times: 2);
        await alice.SaysAsync("/unannounce");
        await bob.UntilAsync("-- alice took the announcement away");
    }

    [Fact]
    public async Task What_is_put_aside_is_listed_apart_and_opened_by_its_title_and_what_is_pinned_says_so()
    {
        await using var server = await RealServer.StartNewAsync();
        await using (var alice = Seat.At(server, "alice", new GroupWish("lunch", [Bob])))
        {
            await alice.UntilAsync("-- talking to lunch as alice");
            await alice.SaysAsync("/inbox archived");
            await alice.UntilAsync("-- Nothing is put aside.");
            await alice.SaysAsync("/pin");
            await alice.UntilAsync("-- This conversation is pinned.");
            await alice.SaysAsync("/inbox");
            await alice.UntilAsync("--   1  lunch (pinned)");
            await alice.SaysAsync("/unpin");
            await alice.UntilAsync("-- This conversation is pinned no longer.");
            await alice.SaysAsync("/archive");
            await alice.UntilAsync("-- This conversation is put aside.");
            await alice.SaysAsync("/inbox archived");
            await alice.UntilAsync("--   1  lunch");
        }

        await using var again = Seat.At(server, "alice", new GroupWish("lunch", [Bob]));
        await again.UntilAsync("-- talking to lunch as alice");
        await again.SaysAsync("/open alice");
        await again.UntilAsync("-- talking to notes to yourself as alice");
        await again.SaysAsync("milk");
        await again.UntilAsync("alice: milk");
        await again.SaysAsync("/inbox");
        await again.UntilAsync("--   1  notes to yourself  alice: milk");
        await again.SaysAsync("/inbox archived");
        await again.UntilAsync("--   1  lunch");
        await again.SaysAsync("/open 1");
        await again.UntilAsync("-- talking to lunch as alice", times: 2);
        Assert.DoesNotContain(again.Seen, line => line.StartsWith("--   2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Devices_are_told_and_ended_by_their_numbers()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var phone = server.ClientOf("alice", "phone");
        await phone.ConnectAsync();
        await using var alice = Seat.At(server, "alice", "bob");
        await alice.UntilAsync("-- talking to bob as alice");

        await alice.SaysAsync("/signout 1");
        await alice.UntilAsync("-- 1 is no number of /devices.");
        await alice.SaysAsync("/devices");
        await alice.UntilAsync("  (this chat)");
        await alice.UntilAsync("  phone, ", anywhere: true);
        await alice.SaysAsync($"/signout {NumberOf("(this chat)")}");
        await alice.UntilAsync("-- That is this chat: /quit leaves it.");
        await alice.SaysAsync($"/signout {NumberOf("  phone, ")}");
        await alice.UntilAsync("  (this chat)", times: 2);
        await UntilAsync(() => phone.State == ConnectionState.Closed, "the phone is out");
        Assert.Single(alice.Seen, line => line.Contains("  phone, ", StringComparison.Ordinal));

        // The oldest is first; who had to connect again is not the oldest.
        string NumberOf(string device) => alice.Seen.First(line => line.Contains(device, StringComparison.Ordinal))[2..].TrimStart().Split(' ')[0];
    }

    [Fact]
    public async Task Somebody_is_found_by_address_telephone_number_and_number_and_the_help_by_a_word()
    {
        const string key = "a-key-of-the-backend-of-32-bytes-or-more";
        await using var server = await RunningServer.StartAsync(Engine.Sqlite, ("Apps:demo:ApiKeys:0:Name", "backend"), ("Apps:demo:ApiKeys:0:Secret", key), ("Apps:demo:DefaultCountry", "49"));
        await using var alice = Seat.At(server.Address, user => RunningServer.TokenOf(user), "alice", "carol");
        await alice.UntilAsync("-- talking to carol as alice");
        using var backend = new HttpClient { BaseAddress = new UriBuilder(server.Address) { Scheme = "http", Path = "/" }.Uri };
        backend.DefaultRequestHeaders.Add("Authorization", $"ApiKey {key}");
        using var put = JsonContent.Create(new { user = "bob", displayName = "Bob\u001b[31m", email = "bob@example.org", phone = "0170 1234567" });
        using var answer = await backend.PostAsync(new Uri("v1/user.put", UriKind.Relative), put);
        answer.EnsureSuccessStatusCode();
        await using var client = await server.ConnectAsync("carol");
        var number = (await client.Users.GetAsync([Bob])).Single().Number;

        var found = $"-- bob (Bob␛[31m) is user number {number}: /open bob";
        foreach (var (query, times) in new[] { ("BOB@example.org", 1), ("0170 1234567", 2), ("+49 170 1234567", 3), ($"#{number}", 4) })
        {
            await alice.SaysAsync($"/find {query}");
            await alice.UntilAsync(found, times);
        }

        foreach (var query in new[] { "bo@example.org", "#999", "#x" })
        {
            await alice.SaysAsync($"/find {query}");
            await alice.UntilAsync($"-- Nobody is found by {query}.");
        }

        await alice.SaysAsync("/find bob");
        await alice.UntilAsync("-- bob is neither an e-mail address, nor a telephone number like +49 170 1234567, nor # and a number.");
        await alice.SaysAsync("/help recall");
        await alice.UntilAsync("-- /recall [#4]            take your last message, or number 4, back from everybody");
        Assert.DoesNotContain(alice.Seen, line => line.StartsWith("-- /remove", StringComparison.Ordinal));
        await alice.SaysAsync("/help dancing");
        await alice.UntilAsync("-- Nothing in /help has dancing in it.");
    }
}
