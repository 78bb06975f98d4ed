using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Conversations;

public sealed class LiveAttributesTests
{
    private const Permissions Member = Permissions.Read | Permissions.Send;

    private readonly ConversationId _lunch = ConversationId.New();

    [Fact]
    public async Task All_pages_of_attributes_are_read_when_a_conversation_is_opened()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 0));
        var opening = await BeginAsync(scene);

        for (var request = 0; request < 4; request++)
        {
            await AnswerAsync(scene, asked => asked switch
            {
                { Participants: false, Next: null } => new AttributesPage(Pairs(("mood", "sunny")), "mood"),
                { Participants: false, Next: "mood" } => new AttributesPage(Pairs(("place", "roof")), null),
                { Participants: true, Next: null } => new AttributesPage(Pairs(), "alice", [new ParticipantAttributes(Alice, Pairs(("nick", "al")))]),
                _ => new AttributesPage(Pairs(), null, [new ParticipantAttributes(Bob, Pairs(("nick", "bobby")))]),
            });
        }

        using var lunch = await opening;

        Assert.Equal(["mood", "place"], lunch.Timeline.Attributes!.Keys);
        Assert.Equal(["al", "bobby"], lunch.Timeline.Participants!.Values.Select(one => one.Attributes!["nick"]));
    }

    [Fact]
    public async Task An_entry_that_comes_while_they_are_read_counts_on_top()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 0));
        var opening = await BeginAsync(scene);
        await scene.Connection.PushAsync(new AttributesChanged(Bob, null, Pairs(("mood", "rainy")), ["place"]).Happened(_lunch, 1));
        await scene.Connection.PushAsync(new AttributesChanged(Bob, Bob, Pairs(("nick", "b")), null).Happened(_lunch, 2));
        await UntilAsync(() => scene.Told.Entries.Count == 2, "they were told");

        // Read before the one, and after the other.
        await AnswerBothAsync(scene, Pairs(("mood", "sunny"), ("place", "roof"), ("time", "12:30")), new ParticipantAttributes(Bob, Pairs(("nick", "b"), ("rank", "cook"))));
        using var lunch = await opening;

        Assert.Equal([("mood", "rainy"), ("time", "12:30")], lunch.Timeline.Attributes!.Select(one => (one.Key, one.Value)));
        Assert.Equal([("nick", "b"), ("rank", "cook")], lunch.Timeline.Participants![Bob].Attributes!.Select(one => (one.Key, one.Value)));
    }

    [Fact]
    [Trait("Row", "G11")]
    public async Task After_a_reset_they_are_read_anew()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 0));
        var opening = await BeginAsync(scene);
        await AnswerBothAsync(scene, Pairs(("mood", "sunny")));
        using var lunch = await opening;
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening =>
        {
            (opening.Epoch, opening.Reset) = (Guid.NewGuid(), true);
            opening.Changed(_lunch, 0);
        });

        await TellStateAsync(scene);
        await AnswerBothAsync(scene, Pairs(("place", "roof")), new ParticipantAttributes(Bob, Pairs(("nick", "b"))));

        await UntilAsync(() => lunch.Timeline.Attributes!.ContainsKey("place"), "they were read anew");
        Assert.Equal(["place"], lunch.Timeline.Attributes!.Keys);
        Assert.Equal(["nick"], lunch.Timeline.Participants![Bob].Attributes!.Keys);
    }

    [Fact]
    public async Task Who_is_put_out_while_they_are_read_opens_what_he_may_still_see()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 0));
        var opening = await BeginAsync(scene);

        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("conversation.attributes"), Refusals.NotParticipant);
        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("conversation.attributes"), Refusals.NotParticipant);
        using var lunch = await opening;

        Assert.Null(lunch.Timeline.Attributes);
    }

    [Fact]
    public async Task Who_left_is_told_none_and_does_not_ask()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 0));
        var opening = scene.Alice.Conversations.OpenAsync(_lunch);
        await TellStateAsync(scene, StateOf() with { Participants = null, Own = new OwnParticipation(Permissions.None, default, default, Left: true) });

        using var lunch = await opening;

        Assert.Null(lunch.Timeline.Attributes);
        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(100)));
    }

    [Fact]
    public async Task Where_participants_are_not_told_only_the_conversations_are_read()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 0));
        var opening = scene.Alice.Conversations.OpenAsync(_lunch);
        await TellStateAsync(scene, StateOf() with { Participants = null, ParticipantCount = 300 });
        await AnswerAsync(scene, _ => new AttributesPage(Pairs(("mood", "sunny")), null));

        using var lunch = await opening;

        Assert.Equal(["mood"], lunch.Timeline.Attributes!.Keys);
        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(100)));
    }

    private static Dictionary<string, string> Pairs(params (string Name, string Value)[] pairs) => pairs.ToDictionary(one => one.Name, one => one.Value);

    private ConversationState StateOf() => new(
        _lunch, ConversationKind.Group, null, TimeProvider.System.Now(), 1, Sequence.None, new Sequence(1), Member, 2,
        [new ParticipantState(Alice, Member, default, default), new ParticipantState(Bob, Member, default, default)], new OwnParticipation(Member, default, default));

    private async Task<Task<LiveConversation>> BeginAsync(Scene scene)
    {
        var opening = scene.Alice.Conversations.OpenAsync(_lunch);
        await TellStateAsync(scene);
        return opening;
    }

    private async Task TellStateAsync(Scene scene, ConversationState? state = null) =>
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.get"), state ?? StateOf(), ProtocolJson.Lenient.ConversationState);

    private static async Task AnswerBothAsync(Scene scene, Dictionary<string, string> attributes, params ParticipantAttributes[] participants)
    {
        for (var request = 0; request < 2; request++)
            await AnswerAsync(scene, asked => asked.Participants ? new AttributesPage(Pairs(), null, participants) : new AttributesPage(attributes, null));
    }

    private static async Task AnswerAsync(Scene scene, Func<GetAttributes, AttributesPage> answer)
    {
        var request = await scene.Connection.ExpectAsync("conversation.attributes");
        await scene.Connection.AnswerAsync(request, answer(request.As(ProtocolJson.Lenient.GetAttributes)), ProtocolJson.Lenient.AttributesPage);
    }
}
