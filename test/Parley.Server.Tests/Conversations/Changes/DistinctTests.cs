using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

/// <summary>One group for a set of people.</summary>
public class DistinctTests
{
    [Theory, EveryEngine]
    [Trait("Row", "L01")]
    [Trait("Row", "L03")]
    [Trait("Row", "L04")]
    public async Task The_same_people_have_one_distinct_group_whoever_asks_and_in_whatever_order(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(Distinct("bob", "carol"));

        Assert.Equal(group, await server.MakeAsync(Distinct("carol", "bob", "bob")));
        Assert.Equal(group, await server.MakeAsync(Distinct("alice", "bob", "carol")));
        Assert.Equal(group, await server.MakeAsync(Distinct("alice", "carol"), "bob"));
        Assert.NotEqual(group, await server.MakeAsync(Distinct("bob")));
        Assert.NotEqual(group, await server.MakeAsync(Distinct("bob", "carol", "dave")));
        Assert.Equal(["alice", "bob", "carol"], (await server.StateAsync("carol", group)).Participants!.Select(one => one.User.Value));
        Assert.True((await server.StateAsync("carol", group)).Settings!.Distinct);
        // A pair has its direct conversation beside it.
        Assert.NotEqual(await server.MakeAsync(Distinct("bob")), await server.MakeAsync(new CreateConversation(ConversationId.New(), ConversationKind.Direct, Users("bob"))));
    }

    [Theory, EveryEngine]
    [Trait("Row", "L05")]
    public async Task Racing_creators_get_the_same_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        string[] people = ["alice", "bob", "carol"];

        var answers = await Task.WhenAll(Enumerable.Range(0, 21).Select(number => server.CreateAsync(people[number % 3], Distinct(people))));

        Assert.Single(answers.Select(answer => answer.Value!.Conversation.Conversation).Distinct());
        Assert.Single(answers, answer => answer.Value!.Outcome == CreationOutcome.Created);
        Assert.Equal(1, await server.NumberAsync($"select count(*) from conversations"));
        Assert.Equal(3, await server.NumberAsync($"select count(*) from participations"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "L06")]
    public async Task Without_the_wish_the_same_people_have_as_many_groups_as_they_like(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var distinct = await server.MakeAsync(Distinct("bob"));

        ConversationId[] all = [distinct, await server.MakeAsync(GroupOf("bob") with { Title = "one" }), await server.MakeAsync(GroupOf("bob") with { Title = "two" })];

        Assert.Equal(3, all.Distinct().Count());
        Assert.False((await server.StateAsync("bob", all[1])).Settings!.Distinct);
        Assert.Equal(distinct, await server.MakeAsync(Distinct("bob")));
    }

    [Theory, EveryEngine]
    [Trait("Row", "L08")]
    public async Task Who_comes_or_goes_ends_it_for_ever_and_the_people_may_have_another(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        Func<ConversationId, Task>[] changes =
        [
            group => server.AddAsync("alice", group, "dave"), group => server.RemoveAsync("alice", group, "bob"), group => server.LeaveAsync("bob", group),
            group => server.DoAsync("alice", new BanParticipants(group, CommandId.New(), Users("bob"))),
            group => server.DoAsync("alice", new DeleteConversation(group, CommandId.New())),
        ];
        foreach (var change in changes)
        {
            var group = await server.MakeAsync(Distinct("bob", "carol"));
            Assert.Equal(group, await server.MakeAsync(Distinct("bob", "carol")));
            await change(group);
            Assert.NotEqual(group, await server.MakeAsync(Distinct("bob", "carol")));
            if ((await server.AskAsync<ConversationState>(server.As("carol"), new GetConversation(group))).Value is { } state) Assert.False(state.Settings!.Distinct);
            await server.RemoveAsync("alice", await server.MakeAsync(Distinct("bob", "carol")), "carol");
        }

        // Who repeats his request is told of the one it made, whatever that has become.
        var wish = Distinct("dave");
        var first = await server.MakeAsync(wish);
        await server.LeaveAsync("dave", first);
        var second = await server.MakeAsync(Distinct("dave"));
        var repeated = (await server.CreateAsync("alice", wish)).Value!;
        Assert.NotEqual(first, second);
        Assert.Equal((first, CreationOutcome.Created), (repeated.Conversation.Conversation, repeated.Outcome));

        // One that grew to the people of another is beside it, and is not it.
        var pair = await server.MakeAsync(Distinct("bob"));
        var three = await server.MakeAsync(Distinct("bob", "carol"));
        await server.AddAsync("alice", pair, "carol");
        Assert.Equal(three, await server.MakeAsync(Distinct("bob", "carol")));
        Assert.Equal((false, true), ((await server.StateAsync("alice", pair)).Settings!.Distinct, (await server.StateAsync("alice", three)).Settings!.Distinct));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B23")]
    public async Task The_answer_says_whether_it_is_new_was_there_or_is_called_otherwise(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var data = CustomData.Parse("""{"a":1,"b":2}""");
        var wish = Distinct("bob") with { Title = "Two", Settings = new NewSettings(CustomData: data) };
        Assert.Equal(CreationOutcome.Created, await OutcomeAsync(wish));
        Assert.Equal(CreationOutcome.Created, await OutcomeAsync(wish));

        Assert.Equal(CreationOutcome.Existing, await OutcomeAsync(Distinct("bob")));
        Assert.Equal(CreationOutcome.Existing, await OutcomeAsync(Distinct("bob") with { Title = "Two" }));
        Assert.Equal(CreationOutcome.Existing, await OutcomeAsync(Distinct("bob") with { Settings = new NewSettings(CustomData: CustomData.Parse("""{"b":2,"a":1}""")) }));
        Assert.Equal(CreationOutcome.Conflict, await OutcomeAsync(Distinct("bob") with { Title = "Pair" }));
        Assert.Equal(CreationOutcome.Conflict, await OutcomeAsync(Distinct("bob") with { Settings = new NewSettings(CustomData: CustomData.Parse("""{"a":1}""")) }));
        var state = (await server.CreateAsync("bob", Distinct("alice") with { Title = "Pair" })).Value!.Conversation;
        Assert.Equal(("Two", data), (state.Title, state.Settings!.CustomData));

        async Task<CreationOutcome> OutcomeAsync(CreateConversation asked) => (await server.CreateAsync("alice", asked)).Value!.Outcome;
    }

    [Theory, EveryEngine]
    [Trait("Row", "L03")]
    public async Task Who_may_not_read_his_group_is_answered_it_too_without_its_first_entry(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(Distinct("bob", "carol") with { DefaultPermissions = Permissions.Send });

        var outcome = await server.CreateAsync("bob", Distinct("alice", "carol"));

        Assert.Null(outcome.Refusal);
        var answer = outcome.Value!;
        Assert.Equal((group, CreationOutcome.Existing, Permissions.Send), (answer.Conversation.Conversation, answer.Outcome, answer.Conversation.Own.Permissions));
        Assert.Null(answer.Entry);
        Assert.Equal(1, await server.NumberAsync($"select count(*) from conversations"));
        Assert.NotNull((await server.CreateAsync("alice", Distinct("bob", "carol"))).Value!.Entry);
    }

    private static CreateConversation Distinct(params string[] others) => GroupOf(others) with { Distinct = true };
}
