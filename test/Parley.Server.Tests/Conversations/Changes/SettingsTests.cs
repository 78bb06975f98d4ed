using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

public class SettingsTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V18")]
    [Trait("Row", "V34")]
    [Trait("Row", "V36")]
    public async Task Many_settings_are_changed_with_one_request_and_one_entry_that_says_what_is_different(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob") with { Title = "Lunch", Settings = new NewSettings(Description: "daily") });
        var data = CustomData.Parse("""{"color":"red"}""");
        var command = CommandId.New();
        var update = new UpdateConversation(
            group, command, Title: "Lunch", Description: "", Announcement: "Fish today", CustomData: data, Public: true, Muted: true, DefaultPermissions: Permissions.Read);

        var entry = await server.DoAsync("alice", update);

        Assert.Equal(
            new ConversationChanged(new UserId("alice"), null, "", "Fish today", data, Public: true, Muted: true, DefaultPermissions: Permissions.Read), entry.Event);
        Assert.Equal(entry, (await server.HistoryAsync("bob", group))[^1]);
        var state = await server.StateAsync("bob", group);
        Assert.Equal(("Lunch", Permissions.Read), (state.Title, state.DefaultPermissions));
        Assert.Equal(new ConversationSettings(null, "Fish today", data, Public: true, Muted: true), state.Settings);
        Assert.Equal(entry, await server.DoAsync("alice", update));
        Assert.Equal(Refusals.Unchanged, await server.RefusalOfAsync("alice", update with { CommandId = CommandId.New() }));
        Assert.Equal(Refusals.IdInUse, await server.RefusalOfAsync("alice", update with { Title = "Dinner" }));
    }

    [Theory, EveryEngine]
    [Trait("Row", "V18")]
    public async Task The_title_permissions_participants_and_custom_data_are_changed_with_an_entry_each(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (bob, carol, dave) = (new UserId("bob"), new UserId("carol"), new UserId("dave"));
        var group = await server.MakeAsync(GroupOf("bob", "carol") with { Title = "Lunch", Settings = new NewSettings(CustomData: CustomData.Parse("""{"color":"red"}""")) });
        var (alice, data) = (new UserId("alice"), CustomData.Parse("""{"color":"blue"}"""));

        LogEntry[] changes =
        [
            await server.DoAsync("alice", new UpdateConversation(group, CommandId.New(), Title: "Dinner")),
            await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [new(bob, PermissionPresets.Admin)])),
            await server.DoAsync("alice", new AddParticipants(group, CommandId.New(), [dave])),
            await server.DoAsync("alice", new RemoveParticipants(group, CommandId.New(), [carol])),
            await server.DoAsync("alice", new UpdateConversation(group, CommandId.New(), CustomData: data)),
        ];

        Assert.Equal(new ConversationChanged(alice, "Dinner"), changes[0].Event);
        Assert.Equal([new Participant(bob, PermissionPresets.Admin)], Assert.IsType<PermissionsChanged>(changes[1].Event).Participants);
        Assert.Equal([dave], Assert.IsType<ParticipantsAdded>(changes[2].Event).Participants.Select(one => one.User));
        Assert.Equal([carol], Assert.IsType<ParticipantsRemoved>(changes[3].Event).Users);
        Assert.Equal(new ConversationChanged(alice, CustomData: data), changes[4].Event);
        Assert.Equal([2, 3, 4, 5, 6], changes.Select(entry => entry.Sequence.Value));
        Assert.Equal(changes.Select(Json), (await server.HistoryAsync("dave", group)).Skip(1).Select(Json));
        var state = await server.StateAsync("dave", group);
        Assert.Equal(("Dinner", data, 3), (state.Title, state.Settings!.CustomData, state.ParticipantCount));
        Assert.Equal([(alice, PermissionPresets.Owner), (bob, PermissionPresets.Admin), (dave, PermissionPresets.Member)], state.Participants!.Select(one => (one.User, one.Permissions)));
    }

    [Theory, EveryEngine]
    [Trait("Row", "V19")]
    [Trait("Row", "B36")]
    public async Task Custom_data_is_replaced_whole_or_merged_and_taken_away(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob") with { Settings = new NewSettings(CustomData: CustomData.Parse("""{"a":1,"b":{"c":2,"d":3}}""")) });
        var update = new UpdateConversation(group, CommandId.New());

        await server.DoAsync("alice", update with { CommandId = CommandId.New(), CustomDataPatch = CustomData.Parse("""{"a":null,"b":{"c":4}}""") });
        Assert.Equal(CustomData.Parse("""{"b":{"c":4,"d":3}}"""), await DataAsync());

        await server.DoAsync("alice", update with { CommandId = CommandId.New(), CustomData = CustomData.Parse("""{"z":0}""") });
        Assert.Equal(CustomData.Parse("""{"z":0}"""), await DataAsync());

        await server.DoAsync("alice", update with { CommandId = CommandId.New(), CustomData = CustomData.Empty });
        Assert.Null(await DataAsync());

        var (most, tooMuch) = (Filled(CustomData.MaxBytes), Filled(CustomData.MaxBytes + 1));
        await server.DoAsync("alice", update with { CommandId = CommandId.New(), CustomData = most });
        Assert.Equal(most, await DataAsync());
        Assert.Equal(Refusals.TooLarge, await server.RefusalOfAsync("alice", update with { CustomData = tooMuch }));
        Assert.Equal(Refusals.TooLarge, await server.RefusalOfAsync("alice", update with { CustomDataPatch = CustomData.Parse("""{"more":1}""") }));
        var deep = CustomData.Parse(string.Concat(Enumerable.Repeat("{\"a\":", CustomData.MaxDepth)) + "{}" + new string('}', CustomData.MaxDepth));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("alice", update with { CustomData = deep }));

        async Task<CustomData?> DataAsync() => (await server.StateAsync("bob", group)).Settings!.CustomData;
        static CustomData Filled(int bytes) => CustomData.Parse($$"""{"a":"{{new string('x', bytes - """{"a":""}""".Length)}}"}""");
    }

    [Theory, EveryEngine]
    [Trait("Row", "V11")]
    [Trait("Row", "V12")]
    public async Task Newcomers_inherit_what_was_said_at_creation_or_the_usual(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (talk, quiet) = (Permissions.Read | Permissions.Send, Permissions.Read);
        var said = await server.MakeAsync(GroupOf("bob") with { DefaultPermissions = talk });
        var unsaid = await server.MakeAsync(GroupOf("bob"));
        foreach (var group in new[] { said, unsaid }) await server.AddAsync("alice", group, "carol");

        Assert.Equal((talk, talk), (await server.PermissionsOfAsync(said, "bob"), await server.PermissionsOfAsync(said, "carol")));
        Assert.Equal(PermissionPresets.Member, await server.PermissionsOfAsync(unsaid, "carol"));
        Assert.Equal(Permissions.Read | Permissions.Send | Permissions.EditOwn | Permissions.RemoveOwn, PermissionPresets.Member);

        await server.DoAsync("alice", new UpdateConversation(said, CommandId.New(), DefaultPermissions: quiet));
        await server.AddAsync("alice", said, "dave");
        Assert.Equal((talk, quiet), (await server.PermissionsOfAsync(said, "carol"), await server.PermissionsOfAsync(said, "dave")));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    public async Task Each_setting_needs_the_permission_that_it_is_about(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol", "dave"));
        await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(),
        [
            new ParticipantPermissions(new UserId("bob"), Permissions.Read | Permissions.ManageConversation),
            new ParticipantPermissions(new UserId("carol"), Permissions.Read | Permissions.ManageParticipants),
        ]));
        UpdateConversation[] managing = [new(group, CommandId.New(), Title: "t"), new(group, CommandId.New(), Announcement: "a"), new(group, CommandId.New(), Public: true)];
        UpdateConversation[] people = [new(group, CommandId.New(), Approval: true), new(group, CommandId.New(), ConfirmInvitations: true), new(group, CommandId.New(), Muted: true)];

        foreach (var change in managing)
        {
            Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("carol", change));
            Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("dave", change));
            await server.DoAsync("bob", change);
        }

        foreach (var change in people)
        {
            Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", change));
            await server.DoAsync("carol", change);
        }

        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("alice", new UpdateConversation(group, CommandId.New())));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("alice", new UpdateConversation(group, CommandId.New(), Title: new string('x', 129))));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("alice", new UpdateConversation(group, CommandId.New(), Description: new string('x', 513))));
        // Bob may not read what newcomers then send, so he cannot let them.
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", new UpdateConversation(group, CommandId.New(), DefaultPermissions: PermissionPresets.Admin)));
    }

    [Theory, EveryEngine]
    public async Task Who_left_is_told_the_title_as_it_was_then_and_no_setting(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol") with { Title = "Before", Settings = new NewSettings(Description: "d") });
        await server.LeaveAsync("bob", group);
        await server.DoAsync("alice", new UpdateConversation(group, CommandId.New(), Title: "After"));

        var state = await server.StateAsync("bob", group);

        Assert.Equal(("Before", null, null), (state.Title, state.Settings, state.DefaultPermissions));
        Assert.Equal("Before", (await server.InboxAsync("bob")).Value!.Conversations[0].Title);
        Assert.Equal(("After", "d"), ((await server.StateAsync("carol", group)).Title, (await server.StateAsync("carol", group)).Settings!.Description));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    public async Task Attributes_of_a_participant_are_his_and_go_with_him(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        var (bob, carol) = (new UserId("bob"), new UserId("carol"));

        var entry = await server.DoAsync("bob", Set(bob, "nick", "bobby"));
        Assert.Equal("attributes.changed", entry.Event.Type);
        await server.DoAsync("alice", Set(bob, "rank", "cook"));
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("carol", Set(bob, "nick", "no")));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("bob", Set(bob, new string('n', 17), "")));
        Assert.Equal(Refusals.TooLarge, await server.RefusalOfAsync("bob", Set(bob, "n", new string('v', 513))));
        var nearly = Enumerable.Range(0, 8).ToDictionary(number => $"n{number}", _ => new string('v', 510));
        Assert.Equal(Refusals.TooLarge, await server.RefusalOfAsync("bob", new SetAttributes(group, CommandId.New(), bob, nearly)));
        Assert.Equal([("nick", "bobby"), ("rank", "cook")], await AttributesAsync("carol", bob));

        await server.DoAsync("bob", new SetAttributes(group, CommandId.New(), bob, null, ["rank", "never"]));
        Assert.Equal([("nick", "bobby")], await AttributesAsync("carol", bob));
        Assert.Equal(Refusals.Unchanged, await server.RefusalOfAsync("bob", new SetAttributes(group, CommandId.New(), bob, null, ["rank"])));
        await server.LeaveAsync("bob", group);
        Assert.Empty(await AttributesAsync("carol", bob));

        SetAttributes Set(UserId? user, string name, string value) => new(group, CommandId.New(), user, new Dictionary<string, string> { [name] = value });
        async Task<(string, string)[]> AttributesAsync(string user, UserId? of) =>
            [.. (await server.AskAsync<AttributesPage>(server.As(user), new GetAttributes(group, of))).Value!.Attributes.Select(one => (one.Key, one.Value))];
    }

    [Theory, EveryEngine]
    public async Task Attributes_of_a_conversation_are_set_by_who_sends_and_changed_by_who_set_them_or_manages(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        await server.DoAsync("bob", Set("mood", "sunny"));

        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("carol", Set("mood", "rainy")));
        await server.DoAsync("bob", Set("mood", "cloudy"));
        await server.DoAsync("alice", Set("mood", "rainy"));
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", Set("mood", "sunny")));

        var page = (await server.AskAsync<AttributesPage>(server.As("carol"), new GetAttributes(group))).Value!;
        Assert.Equal(("mood", "rainy"), (page.Attributes.Single().Key, page.Attributes.Single().Value));
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<AttributesPage>(server.As("dave"), new GetAttributes(group))).Refusal);
        await server.LeaveAsync("carol", group);
        Assert.Equal(Refusals.NotParticipant, (await server.AskAsync<AttributesPage>(server.As("carol"), new GetAttributes(group))).Refusal);

        SetAttributes Set(string name, string value) => new(group, CommandId.New(), null, new Dictionary<string, string> { [name] = value });
    }

    /// <summary>Each has all that he may have, so a page is cut between users by their number, by rows and by bytes.</summary>
    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    public async Task Attributes_of_all_participants_come_page_by_page_each_participants_whole(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        UserId[] many = [.. Enumerable.Range(0, 30).Select(number => new UserId($"many{number:00}"))], large = [.. Enumerable.Range(0, 10).Select(number => new UserId($"large{number}"))];
        var group = await server.MakeAsync(GroupOf([.. many.Concat(large).Select(user => user.Value), "bob", "carol"]));
        await server.DoAsync("alice", new SetAttributes(group, CommandId.New(), null, new Dictionary<string, string> { ["mood"] = "sunny" }));
        foreach (var user in many) await SetAsync(user, Enumerable.Range(0, 100).ToDictionary(number => $"a{number}", number => $"{number}"));
        foreach (var user in large) await SetAsync(user, Enumerable.Range(0, 8).ToDictionary(number => $"a{number}", _ => new string('x', 510)));
        await SetAsync(new UserId("bob"), new Dictionary<string, string> { ["nick"] = "bobby" });
        await SetAsync(new UserId("carol"), new Dictionary<string, string> { ["nick"] = "c" });
        await server.LeaveAsync("carol", group);

        var told = new List<ParticipantAttributes>();
        var pages = 0;
        for (string? next = null; pages == 0 || next is not null; pages++)
        {
            var page = (await server.AskAsync<AttributesPage>(server.As("alice"), new GetAttributes(group, Next: next, Participants: true))).Value!;
            Assert.Empty(page.Attributes);
            told.AddRange(page.Participants!);
            next = page.Next;
        }

        Assert.InRange(pages, 4, 8);
        Assert.Equal(many.Concat(large).Append(new UserId("bob")).Order(), told.Select(one => one.User).Order());
        Assert.All(told.Where(one => many.Contains(one.User)), one => Assert.Equal(100, one.Attributes.Count));
        Assert.All(told.Where(one => large.Contains(one.User)), one => Assert.Equal(8, one.Attributes.Count));
        Assert.Equal([KeyValuePair.Create("nick", "bobby")], told.Single(one => one.User.Value == "bob").Attributes);

        Task<LogEntry> SetAsync(UserId user, Dictionary<string, string> set) => server.DoAsync("alice", new SetAttributes(group, CommandId.New(), user, set));
    }

    [Theory, EveryEngine]
    public async Task Who_may_ask_for_attributes_may_ask_for_those_of_all_and_nobody_for_both(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        await server.LeaveAsync("carol", group);
        await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [new ParticipantPermissions(new UserId("bob"), Permissions.Send)]));

        var none = (await AskAsync("alice")).Value!;
        Assert.Equal((0, 0, null), (none.Attributes.Count, none.Participants!.Count, none.Next));
        Assert.Equal(Refusals.PermissionDenied, (await AskAsync("bob")).Refusal);
        Assert.Equal(Refusals.NotParticipant, (await AskAsync("carol")).Refusal);
        Assert.Equal(Refusals.NotFound, (await AskAsync("dave")).Refusal);
        var both = (await server.AskAsync<AttributesPage>(server.As("alice"), new GetAttributes(group, new UserId("bob"), Participants: true))).Refusal!;
        Assert.Equal((Refusals.InvalidParams, "give user or participants, not both"), (both, both.Detail));
        await server.DoAsync("alice", new DeleteConversation(group, CommandId.New()));
        Assert.Equal(Refusals.ConversationDeleted, (await AskAsync("alice")).Refusal);

        Task<Outcome<AttributesPage>> AskAsync(string user) => server.AskAsync<AttributesPage>(server.As(user), new GetAttributes(group, Participants: true));
    }
}
