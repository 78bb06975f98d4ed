using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

/// <summary>What the protocol bounds by a number: the number itself is taken, one more is refused, and then nothing has changed.</summary>
public class LimitTests
{
    private static readonly UserId Bob = new("bob");

    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task A_room_has_a_hundred_attributes_of_128_bytes_with_values_of_4096(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await server.MakeAsync(new CreateConversation(ConversationId.New(), ConversationKind.Room, []));
        SetAttributes Set(params (string Name, string Value)[] some) => new(room, CommandId.New(), null, some.ToDictionary(one => one.Name, one => one.Value));
        (string, string)[] Some(int from, int count) => [.. Enumerable.Range(from, count).Select(number => ($"n{number}", ""))];

        await TakenThenRefusedAsync(server, Set((new string('n', 128), "")), Set((new string('n', 129), "")), Refusals.InvalidParams);
        // Bytes, not characters.
        await TakenThenRefusedAsync(server, Set((new string('é', 64), "")), Set((new string('é', 64) + "n", "")), Refusals.InvalidParams);
        await TakenThenRefusedAsync(server, Set(("value", new string('v', 4_096))), Set(("value", new string('w', 4_097))), Refusals.TooLarge);
        await TakenThenRefusedAsync(server, Set(("value", new string('é', 2_048))), Set(("value", new string('é', 2_048) + "v")), Refusals.TooLarge);
        await TakenThenRefusedAsync(server, Set(Some(0, 97)), Set(Some(100, 1)), Refusals.TooLarge);
        Assert.Equal(100, await server.NumberAsync($"select count(*) from attributes"));
        // One that is there is changed, and the place of one that goes is taken in the same request.
        await server.DoAsync("alice", Set(("n0", "changed")));
        await server.DoAsync("alice", Set(("n100", "")) with { Remove = ["n1"] });
        Assert.Equal(Refusals.TooLarge, await server.RefusalOfAsync("alice", Set(Some(200, 101))));
        Assert.Equal(100, await server.NumberAsync($"select count(*) from attributes"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    public async Task A_participant_has_4096_bytes_of_attributes_in_names_of_16_and_values_of_512(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob"));
        SetAttributes Set(params (string Name, string Value)[] some) => new(group, CommandId.New(), Bob, some.ToDictionary(one => one.Name, one => one.Value));

        await TakenThenRefusedAsync(server, Set((new string('n', 16), "")), Set((new string('n', 17), "")), Refusals.InvalidParams, "bob");
        await TakenThenRefusedAsync(server, Set(("v", new string('v', 512))), Set(("v", new string('w', 513))), Refusals.TooLarge, "bob");
        // 16 and 513 are there already; seven more of 509 and one of 4 are 4,096.
        await TakenThenRefusedAsync(
            server, Set([.. Enumerable.Range(0, 7).Select(number => ($"{number}", new string('v', 508))), ("last", "")]), Set(("last", "v")), Refusals.TooLarge, "bob");
        Assert.Equal(4_096, await server.NumberAsync($"select sum(length(name) + length(value)) from attributes where user_id = 'bob'"));
        await server.DoAsync("bob", Set(("last", "v")) with { Remove = ["0"] });
    }

    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task A_room_holds_a_hundred_thousand_and_whoever_leaves_makes_room(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Room, []));
        await server.ChangeAsync($"update conversations set participants = {99_999} where conversation = {room.Id.Value}");

        Assert.Equal(100_000, (await room.EnterAsync("bob")).Value!.Conversation.ParticipantCount);
        Assert.Equal(Refusals.Full, (await room.EnterAsync("carol")).Refusal);
        Assert.Equal(Refusals.NotFound, (await room.GetAsync("carol")).Refusal);
        Assert.Equal(100_000, (await room.EnterAsync("bob")).Value!.Conversation.ParticipantCount);
        Assert.Null((await room.ExitAsync("bob")).Refusal);
        Assert.Equal(100_000, (await room.EnterAsync("carol")).Value!.Conversation.ParticipantCount);
        Assert.Equal(Refusals.Full, (await room.EnterAsync("bob")).Refusal);
    }

    [Theory, EveryEngine]
    public async Task A_broadcast_holds_a_hundred_thousand(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var news = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Broadcast, [Bob], Settings: new NewSettings(Public: true)));
        await server.ChangeAsync($"update conversations set participants = {99_998} where conversation = {news.Id.Value}");

        Assert.Equal(Refusals.Full, (await news.AddAsync("alice", "carol", "dave", "erin")).Refusal);
        Assert.Null((await news.AddAsync("alice", "carol", "dave")).Refusal);
        Assert.Equal(Refusals.Full, (await news.JoinAsync("erin")).Refusal);
        Assert.Equal(Refusals.Full, (await news.AddAsync("alice", "erin")).Refusal);
        Assert.Equal(2, (await news.StateAsync("alice")).Head.Value);
        Assert.Equal(4, await server.NumberAsync($"select count(*) from participations"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    public async Task A_request_to_join_says_up_to_512_code_points(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, GroupOf("bob") with { Settings = new NewSettings(Public: true, Approval: true) });
        // Each is two characters and four bytes.
        var most = string.Concat(Enumerable.Repeat("🐝", 512));

        Assert.Equal(Refusals.InvalidParams, (await group.JoinAsync("carol", most + "!")).Refusal);
        Assert.Empty(await group.ListAsync("alice", ParticipantList.Requests));
        Assert.Equal(most, Assert.IsType<JoinRequested>((await group.JoinAsync("carol", most)).Value!.Event).Message);
        Assert.Equal(most, Assert.Single((await server.ListAsync("alice", group.Id, ParticipantList.Requests)).Users).Message);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    public async Task A_title_has_up_to_128_code_points_a_description_and_an_announcement_512(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob");
        foreach (var (most, change, shown) in new (int, Func<UpdateConversation, string, UpdateConversation>, Func<ConversationState, string?>)[]
        {
            (128, (update, text) => update with { Title = text }, state => state.Title),
            (512, (update, text) => update with { Description = text }, state => state.Settings!.Description),
            (512, (update, text) => update with { Announcement = text }, state => state.Settings!.Announcement),
        })
        {
            // Each is two characters and four bytes.
            var text = string.Concat(Enumerable.Repeat("🐝", most));
            Assert.Null((await group.UpdateAsync("alice", update => change(update, text))).Refusal);

            foreach (var longer in new[] { text + "!", new string('x', most + 1) })
            {
                var refusal = (await group.UpdateAsync("alice", update => change(update, longer))).Refusal!;
                Assert.Equal((Refusals.InvalidParams, true), (refusal, refusal.Detail!.EndsWith($"expected at most {most} code points", StringComparison.Ordinal)));
            }

            Assert.Equal(text, shown(await group.StateAsync("bob")));
        }

        Assert.Equal(4, (await group.StateAsync("alice")).Head.Value);
        foreach (var (settings, title) in new[] { (new NewSettings(Description: new string('x', 512)), new string('x', 128)), (new NewSettings(Announcement: new string('x', 512)), "x") })
        {
            var wish = GroupOf("bob") with { Title = title, Settings = settings };
            Assert.NotNull((await server.CreateAsync("alice", wish)).Value);
            var longer = settings with { Description = settings.Description + "x", Announcement = settings.Announcement + "x" };
            if (settings.Description is null) longer = longer with { Description = null };
            else longer = longer with { Announcement = null };
            Assert.Equal(Refusals.InvalidParams, (await server.CreateAsync("alice", wish with { Conversation = ConversationId.New(), Settings = longer })).Refusal);
            Assert.Equal(Refusals.InvalidParams, (await server.CreateAsync("alice", wish with { Conversation = ConversationId.New(), Title = new string('x', 129) })).Refusal);
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "V14")]
    public async Task Custom_data_is_up_to_eight_deep_replaced_patched_or_to_begin_with(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob");
        var (most, deeper, deepest) = (Deep(8), Deep(9), Deep(9, "[", "]"));

        Assert.Null((await group.UpdateAsync("alice", update => update with { CustomData = most })).Refusal);
        foreach (var data in new[] { deeper, deepest })
        {
            Assert.Equal(Refusals.InvalidParams, (await group.UpdateAsync("alice", update => update with { CustomData = data })).Refusal);
            Assert.Equal(Refusals.InvalidParams, (await group.UpdateAsync("alice", update => update with { CustomDataPatch = data })).Refusal);
            Assert.Equal(Refusals.InvalidParams, (await server.CreateAsync("alice", GroupOf("bob") with { Settings = new NewSettings(CustomData: data) })).Refusal);
        }

        Assert.Equal(most, (await group.StateAsync("bob")).Settings!.CustomData);
        Assert.Null((await group.UpdateAsync("alice", update => update with { CustomData = CustomData.Empty })).Refusal);
        Assert.Null((await group.UpdateAsync("alice", update => update with { CustomDataPatch = most })).Refusal);
        Assert.Equal(most, (await group.StateAsync("bob")).Settings!.CustomData);
        Assert.NotNull((await server.CreateAsync("alice", GroupOf("bob") with { Settings = new NewSettings(CustomData: Deep(8, "[", "]")) })).Value);

        // The object itself is the first level.
        static CustomData Deep(int levels, string open = "{\"a\":", string close = "}") => CustomData.Parse(
            $"{{\"a\":{string.Concat(Enumerable.Repeat(open, levels - 1))}1{string.Concat(Enumerable.Repeat(close, levels - 1))}}}");
    }

    [Theory, EveryEngine]
    public async Task A_draft_has_up_to_32_KiB_and_8000_code_points(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob");
        // 8,000 code points of up to four bytes are 32,000 bytes: nothing that has few enough of the ones has too many of the others.
        var most = string.Concat(Enumerable.Repeat("🐝", 8_000));
        Assert.InRange(TextSize.Bytes(most), 1, 32 * 1024);
        Assert.Equal(most, (await DraftAsync(most)).Value!.Draft);

        foreach (var longer in new[] { most + "x", new string('x', 8_001), new string('x', 32 * 1024 + 1) })
        {
            var refusal = (await DraftAsync(longer)).Refusal!;
            Assert.Equal((Refusals.TooLarge, "$.draft: at most 8000 code points and 32768 bytes"), (refusal, refusal.Detail));
        }

        Assert.Equal(most, (await group.StateAsync("bob")).Own.Flags!.Draft);

        Task<Outcome<InboxFlags>> DraftAsync(string draft) => server.AskAsync<InboxFlags>(server.As("bob"), new UpdateInbox(group.Id, Draft: draft));
    }

    [Theory, EveryEngine]
    public async Task Permissions_of_a_hundred_are_changed_at_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        string[] users = [.. Enumerable.Range(0, 101).Select(number => $"u{number:000}")];
        var group = await Group.OfAsync(server, GroupOf(users));

        var refusal = (await group.PermitAsync("alice", [.. users.Select(user => (user, Permissions.Read))])).Refusal!;
        Assert.Equal((Refusals.TooLarge, "$.participants: at most 100"), (refusal, refusal.Detail));
        Assert.Equal((1, 102), ((await group.StateAsync("alice")).Head.Value, await CountAsync(PermissionPresets.Member) + 1));

        Assert.Null((await group.PermitAsync("alice", [.. users.Take(100).Select(user => (user, Permissions.Read))])).Refusal);
        Assert.Equal((2, 100, 1), ((await group.StateAsync("alice")).Head.Value, await CountAsync(Permissions.Read), await CountAsync(PermissionPresets.Member)));
        Assert.Equal(Refusals.InvalidParams, (await group.PermitAsync("alice")).Refusal);

        Task<long> CountAsync(Permissions permissions) => server.NumberAsync($"select count(*) from participations where permissions = {(int)permissions}");
    }

    [Theory, EveryEngine]
    public async Task A_page_of_participants_has_up_to_a_hundred(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf([.. Enumerable.Range(0, 101).Select(number => $"u{number:000}")]));
        Task<Outcome<ParticipantsPage>> PageAsync(int? limit, UserId? after = null) =>
            server.AskAsync<ParticipantsPage>(server.As("alice"), new ListParticipants(group, After: after, Limit: limit));

        foreach (var limit in new[] { 0, -1, 101, int.MaxValue })
        {
            var refusal = (await PageAsync(limit)).Refusal!;
            Assert.Equal((Refusals.InvalidParams, "$.limit: expected 1 to 100"), (refusal, refusal.Detail));
        }

        var first = (await PageAsync(100)).Value!;
        Assert.Equal(100, first.Users.Count);
        Assert.Equal(first.Users, (await PageAsync(null)).Value!.Users);
        var second = (await PageAsync(100, first.Next)).Value!;
        Assert.Equal((2, null), (second.Users.Count, second.Next));
        Assert.Equal(102, first.Users.Concat(second.Users).Select(one => one.User).Distinct().Count());
    }

    /// <summary>The first is done; the second is refused with a sentence, and the log and the attributes stay as they were.</summary>
    private static async Task TakenThenRefusedAsync(TestServer server, SetAttributes taken, SetAttributes refused, Refusal with, string actor = "alice")
    {
        var entry = await server.DoAsync(actor, taken);
        var before = await AttributesAsync();

        var refusal = await server.RefusalOfAsync(actor, refused);

        Assert.Equal(with, refusal);
        Assert.NotEmpty(refusal!.Detail!);
        Assert.Equal(entry.Sequence, (await server.StateAsync("alice", taken.Conversation)).Head);
        Assert.Equal(before, await AttributesAsync());

        async Task<IEnumerable<KeyValuePair<string, string>>> AttributesAsync() =>
            (await server.AskAsync<AttributesPage>(server.As("alice"), new GetAttributes(taken.Conversation, taken.User))).Value!.Attributes;
    }
}
