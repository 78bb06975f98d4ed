using Parley.Identity;
using Parley.Tests.Gateway;
using Parley.Tests.Presence;

namespace Parley.Tests.Messages;

/// <summary><c>message.sendTo</c>.</summary>
public class SendToTests
{
    private static readonly MessageContent Hello = MessageContent.OfText("hello all");

    [Theory, EveryEngine]
    [Trait("Row", "S17")]
    [Trait("Row", "S33")]
    public async Task Each_recipient_gets_the_message_in_his_direct_conversation_and_is_told_who_the_others_are(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var withBob = await server.ConversationOfAsync("alice", "bob");
        await server.SayAsync("bob", withBob, "before");
        var many = new SendToMany(To("bob", "carol", "bob"), MessageId.New(), Hello);

        var outcomes = await SendAsync(server, many);

        Assert.Equal(["bob", "carol", "bob"], outcomes.Select(one => one.User!.Value.Value));
        Assert.All(outcomes, one => Assert.Null(one.Refusal));
        Assert.Equal((withBob, 3, outcomes[0]), (outcomes[0].Conversation!.Value, outcomes[0].Sequence!.Value.Value, outcomes[2]));
        foreach (var one in outcomes)
        {
            var entry = (await server.EntriesAsync(one.User!.Value.Value, new ReadEntries(one.Conversation!.Value, Limit: 1))).Value!.Entries[0];
            Assert.Equal((one.Sequence, one.At), (entry.Sequence, entry.At));
            Assert.Equal(new MessageSent(many.Message, new UserId("alice"), Hello, Recipients: [new UserId("bob"), new UserId("carol")]), entry.Event);
        }

        Assert.Equal(withBob, await server.ConversationOfAsync("bob", "alice"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "S18")]
    [Trait("Row", "S08")]
    [Trait("Row", "S09")]
    public async Task Recipients_are_named_by_id_address_or_number(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.DefaultCountry = "49");
        await PutAsync(server, new PutUser(new UserId("bob"), Email: "Bob@example.org"));
        await PutAsync(server, new PutUser(new UserId("carol"), Phone: "+49 170 1234567"));

        var outcomes = await SendAsync(server, new SendToMany(
            [new(Email: "bob@EXAMPLE.org"), new(Phone: "+491701234567"), new(Phone: "0170 1234567"), new(User: new UserId("dora")), new(Email: "nobody@example.org"), new(Email: "none"), new(Phone: "x")],
            MessageId.New(), Hello));

        Assert.Equal(["bob", "carol", "carol", "dora", null, null, null], outcomes.Select(one => one.User?.Value));
        Assert.Equal([null, null, null, null, "not_found", "invalid_params", "invalid_params"], outcomes.Select(one => one.Refusal?.Code));
        Assert.Equal(outcomes[1].Conversation, outcomes[2].Conversation);
    }

    [Theory, EveryEngine]
    [Trait("Row", "S09")]
    public async Task Where_nobody_is_looked_up_by_aliases_nobody_is_found(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.FindByAlias = false);
        await PutAsync(server, new PutUser(new UserId("bob"), Email: "bob@example.org"));

        var outcome = Assert.Single(await SendAsync(server, new SendToMany([new(Email: "bob@example.org")], MessageId.New(), Hello)));

        Assert.Equal("not_found", outcome.Refusal!.Code);
    }

    [Theory, EveryEngine]
    [Trait("Row", "S25")]
    [Trait("Row", "S26")]
    [Trait("Row", "B02")]
    public async Task What_one_refuses_stops_nobody_else_and_each_has_his_reason(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.AskAsync<BlockList>(server.As("blocker"), new AddBlocks([new UserId("alice")]));
        await server.ConversationOfAsync("alice", "former");
        await server.AskAsync<BlockList>(server.As("former"), new AddBlocks([new UserId("alice")]));
        await PutAsync(server, new PutUser(new UserId("mute"), Messaging: false));
        var withOne = await server.ConversationOfAsync("alice", "taken");
        var many = new SendToMany([.. To("bob", "blocker", "former", "mute", "alice", "taken", "carol"), new(Email: "nobody@example.org")], MessageId.New(), Hello);
        await server.SendAsync("taken", withOne, "mine", many.Message);

        var outcomes = await SendAsync(server, many);

        Assert.Equal([null, "blocked", "blocked", "not_capable", "invalid_params", "id_in_use", null, "not_found"], outcomes.Select(one => one.Refusal?.Code));
        Assert.Equal("the other user has none", outcomes[3].Refusal!.Detail);
        Assert.All(outcomes, one => Assert.Equal(one.Refusal is null, one.Sequence is not null));
        // Nothing was made for who refuses.
        Assert.Equal(4, await server.NumberAsync($"select count(*) from conversations"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "S25")]
    public async Task In_an_app_of_contacts_only_contacts_get_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.OnlyContactsMayMessage = true);
        await server.AskAsync<Contact>(server.As("alice"), new RequestContact(new UserId("bob")));
        await server.AskAsync<Contact>(server.As("bob"), new AcceptContact(new UserId("alice")));

        var outcomes = await SendAsync(server, new SendToMany(To("bob", "carol"), MessageId.New(), Hello));

        Assert.Equal([null, "not_contact"], outcomes.Select(one => one.Refusal?.Code));
    }

    [Theory, EveryEngine]
    [Trait("Row", "S25")]
    public async Task Who_is_suspended_or_muted_sends_to_nobody(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var withBob = await server.ConversationOfAsync("alice", "bob");
        await server.AskAsync<UserAccount>(server.As("app"), new MuteUser(new UserId("alice")));
        Assert.Equal(["muted_in_app", "muted_in_app"], (await SendAsync(server, new SendToMany(To("bob", "carol"), MessageId.New(), Hello))).Select(one => one.Refusal?.Code));
        await server.AskAsync<UserAccount>(server.As("app"), new SuspendUser(new UserId("alice")));
        Assert.Equal(["suspended", "suspended"], (await SendAsync(server, new SendToMany(To("bob", "dora"), MessageId.New(), Hello))).Select(one => one.Refusal?.Code));
        Assert.Equal(1, (await server.StateAsync("bob", withBob)).Head.Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    [Trait("Row", "S17")]
    public async Task Again_it_completes_what_is_missing_and_answers_the_first_places_of_the_rest(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.AskAsync<BlockList>(server.As("carol"), new AddBlocks([new UserId("alice")]));
        var many = new SendToMany(To("bob", "carol", "dora"), MessageId.New(), Hello);
        var first = await SendAsync(server, many);
        Assert.Equal([null, "blocked", null], first.Select(one => one.Refusal?.Code));
        await server.AskAsync<BlockList>(server.As("carol"), new RemoveBlocks([new UserId("alice")]));

        var again = await SendAsync(server, many);
        Assert.Equal((first[0], first[2]), (again[0], again[2]));
        Assert.Null(again[1].Refusal);
        Assert.Equal(again, await SendAsync(server, many));
        // Another request under the id, and a message to one under it, are other things.
        Assert.All(await SendAsync(server, many with { Content = MessageContent.OfText("else") }), one => Assert.Equal("id_in_use", one.Refusal!.Code));
        Assert.All(await SendAsync(server, many with { Recipients = To("bob", "dora") }), one => Assert.Equal("id_in_use", one.Refusal!.Code));
        Assert.Equal(Refusals.IdInUse, (await server.SendAsync("alice", first[0].Conversation!.Value, "hello all", many.Message)).Refusal);
        Assert.Equal(3, await server.NumberAsync($"select count(*) from entries where kinds <> 0"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "C14")]
    public async Task Two_who_write_to_each_other_at_once_have_one_conversation(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        string[] people = ["a", "b", "c", "d", "e", "f"];

        var all = await Task.WhenAll(people.Select(one => SendAsync(server, new SendToMany(To([.. people.Where(other => other != one)]), MessageId.New(), Hello), one)));

        Assert.All(all.SelectMany(outcomes => outcomes), one => Assert.Null(one.Refusal));
        Assert.Equal(15, await server.NumberAsync($"select count(*) from conversations"));
        Assert.Equal(15 + 30, await server.NumberAsync($"select count(*) from entries"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B17")]
    public async Task Six_hundred_are_served_at_once_and_one_more_is_too_many(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var recipients = To([.. Enumerable.Range(0, SendToMany.MaxRecipients).Select(number => $"user-{number}")]);

        var outcomes = await SendAsync(server, new SendToMany(recipients, MessageId.New(), Hello));

        Assert.Equal(600, outcomes.Count);
        Assert.All(outcomes, one => Assert.Equal(2, one.Sequence!.Value.Value));
        Assert.Equal(600, outcomes.Select(one => one.Conversation).Distinct().Count());
        Assert.Equal(Refusals.TooLarge, await RefusalAsync(server, new SendToMany([.. recipients, new(User: new UserId("one-more"))], MessageId.New(), Hello)));
        Assert.Equal(Refusals.InvalidParams, await RefusalAsync(server, new SendToMany([], MessageId.New(), Hello)));
        Assert.Equal(Refusals.InvalidParams, await RefusalAsync(server, new SendToMany([new()], MessageId.New(), Hello)));
        Assert.Equal(Refusals.InvalidParams, await RefusalAsync(server, new SendToMany([new(new UserId("bob"), Email: "bob@example.org")], MessageId.New(), Hello)));
        Assert.Equal(Refusals.InvalidParams, await RefusalAsync(server, new SendToMany(To("bob"), MessageId.New(), new MessageContent([]))));
        var longIds = To([.. Enumerable.Range(0, 600).Select(number => number.ToString("D3", System.Globalization.CultureInfo.InvariantCulture) + new string('x', 125))]);
        Assert.Equal(Refusals.TooLarge, await RefusalAsync(server, new SendToMany(longIds, MessageId.New(), MessageContent.OfText(new string('\u00e4', 8_000) ) with { Ext = null, Parts = [.. Enumerable.Repeat(MessagePart.OfText(new string('\u0001', 1_000)), 8)] })));
    }

    [Theory, EveryEngine]
    [Trait("Row", "S22")]
    public async Task All_devices_of_the_sender_are_told_the_one_that_asked_too(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var chat = await town.Server.ConversationOfAsync("alice", "bob");
        var (phone, tablet, bob) = (town.Connect("alice", "phone", null, chat), town.Connect("alice", "tablet", null, chat), town.Connect("bob", "phone", null, chat));

        Assert.NotNull((await phone.AskAsync<SentToMany>(new SendToMany(To("bob", "carol"), MessageId.New(), Hello))).Value);

        foreach (var device in new[] { phone, tablet }) await device.HearsAsync("message.sent, message.sent");
        await bob.HearsAsync("message.sent");
    }

    [Theory, EveryEngine]
    [Trait("Row", "B17")]
    public async Task It_counts_as_a_message_for_each_recipient(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Limits:SendsPerUserPerSecond", "1"), ("Limits:SendsPerUserBurst", "10"));
        using var alice = await server.ConnectAsync("alice");

        Assert.Null(Hostile.Talk.CodeOf(await alice.AskAsync(Methods.SendToMany, Wish(7))));
        Assert.Equal("rate_limited", Hostile.Talk.CodeOf(await alice.AskAsync(Methods.SendToMany, Wish(7))));
        // Of three that are left one goes to three.
        Assert.Null(Hostile.Talk.CodeOf(await alice.AskAsync(Methods.SendToMany, Wish(3))));
        // More than there is room for takes all there is room for, and the rest is owed.
        using var bob = await server.ConnectAsync("bob");
        Assert.Null(Hostile.Talk.CodeOf(await bob.AskAsync(Methods.SendToMany, Wish(40))));
        var refused = await bob.AskAsync(Methods.SendToMany, Wish(1));
        Assert.InRange(refused.GetProperty("error").GetProperty("data").GetProperty("retryAfterMs").GetInt64(), 20_000, 31_000);

        static string Wish(int recipients) => $$$"""
            {"recipients":[{{{string.Join(',', Enumerable.Range(0, recipients).Select(number => $$"""{"user":"user-{{number}}"}"""))}}}],"message":"{{{Guid.NewGuid()}}}","content":{"parts":[{"type":"text/plain","body":"x"}]}}
            """;
    }

    private static MessageRecipient[] To(params string[] users) => [.. users.Select(user => new MessageRecipient(User: new UserId(user)))];

    private static async Task<IReadOnlyList<RecipientOutcome>> SendAsync(TestServer server, SendToMany many, string sender = "alice") =>
        (await server.AskAsync<SentToMany>(server.As(sender), many)).Value!.Recipients;

    private static async Task<Refusal?> RefusalAsync(TestServer server, SendToMany many) => (await server.AskAsync<SentToMany>(server.As("alice"), many)).Refusal;

    private static async Task PutAsync(TestServer server, PutUser put) => Assert.NotNull((await server.AskAsync<UserAccount>(server.As("app"), put)).Value);
}
