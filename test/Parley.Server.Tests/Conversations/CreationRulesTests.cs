using Parley.Conversations;

namespace Parley.Tests.Conversations;

public sealed class CreationRulesTests
{
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob");
    private static readonly UserId Carol = new("carol");

    [Fact]
    public void A_group_begins_with_its_creator_who_may_do_everything_and_the_others_once_each_in_order()
    {
        var created = CreationRules.Create(Bob, Group(Carol, Alice, Bob, Carol)).Value!;

        var talk = Permissions.Read | Permissions.Send | Permissions.EditOwn | Permissions.RemoveOwn;
        var everything = talk | Permissions.EditAny | Permissions.RemoveAny | Permissions.ManageParticipants | Permissions.ManageConversation | Permissions.Owner;
        Assert.Equal((Bob, talk), (created.Actor, created.DefaultPermissions));
        Assert.Equal([new Participant(Bob, everything), new Participant(Alice), new Participant(Carol)], created.Participants);
    }

    [Fact]
    public void What_newcomers_of_a_group_may_do_is_said_by_its_creator_and_does_not_bind_him()
    {
        var created = CreationRules.Create(Alice, Group(Bob) with { DefaultPermissions = Permissions.Read }).Value!;

        Assert.Equal(Permissions.Read, created.DefaultPermissions);
        Assert.True(created.Participants[0].Permissions!.Value.HasFlag(Permissions.Owner));
    }

    [Fact]
    public void Newcomers_cannot_be_owners()
    {
        var refusal = CreationRules.Create(Alice, Group(Bob) with { DefaultPermissions = Permissions.Read | Permissions.Owner }).Refusal!;

        Assert.Equal((Refusals.InvalidParams, "$.defaultPermissions: newcomers cannot be owners"), (refusal, refusal.Detail));
    }

    [Fact]
    [Trait("Row", "B33")]
    public void Both_in_a_direct_conversation_may_do_the_same()
    {
        var created = CreationRules.Create(Alice, Direct(Bob, Bob, Alice)).Value!;

        Assert.Equal([new Participant(Alice), new Participant(Bob)], created.Participants);
    }

    [Fact]
    [Trait("Row", "B33")]
    public void A_direct_conversation_has_two_and_neither_a_title_nor_permissions_of_its_own()
    {
        CreateConversation[] ofItsOwn =
        [
            Direct(Bob) with { Title = "us" }, Direct(Bob) with { DefaultPermissions = Permissions.Read }, Direct(Bob) with { OwnPermissions = Permissions.Read },
            Direct(Bob) with { Settings = new NewSettings() }, Direct(Bob) with { Distinct = true },
        ];

        var (lonely, crowded) = (CreationRules.Create(Alice, Direct()).Refusal!, CreationRules.Create(Alice, Direct(Bob, Carol)).Refusal!);
        Assert.Equal(
            (Refusals.InvalidParams, "$.participants: a direct conversation has exactly one participant besides its creator, or for notes to himself the creator alone"),
            (lonely, lonely.Detail));
        Assert.Equal((Refusals.Full, "at most 2 participants"), (crowded, crowded.Detail));
        Assert.All(ofItsOwn, command =>
        {
            var refusal = CreationRules.Create(Alice, command).Refusal!;
            Assert.Equal((Refusals.NotForThisKind, "a direct conversation has no settings and no permissions of its own"), (refusal, refusal.Detail));
        });
    }

    [Fact]
    [Trait("Row", "C16")]
    public void Notes_to_oneself_are_a_direct_conversation_that_is_asked_for_by_name()
    {
        var created = CreationRules.Create(Alice, Direct(Alice)).Value!;

        Assert.Equal((ConversationKind.Direct, PermissionPresets.Member), (created.Kind, created.DefaultPermissions));
        Assert.Equal([new Participant(Alice)], created.Participants);
    }

    [Fact]
    [Trait("Row", "C16")]
    public void A_distinct_group_has_somebody_besides_its_creator_and_only_groups_are_distinct()
    {
        var alone = CreationRules.Create(Alice, Group(Alice) with { Distinct = true }).Refusal!;
        var broadcast = CreationRules.Create(Alice, Group(Bob) with { Distinct = true, Kind = ConversationKind.Broadcast }).Refusal!;

        Assert.Equal((Refusals.InvalidParams, "$.participants: a distinct group has a participant besides its creator"), (alone, alone.Detail));
        Assert.Equal((Refusals.NotForThisKind, "only a group is distinct"), (broadcast, broadcast.Detail));
        Assert.True(CreationRules.Create(Alice, Group(Bob) with { Distinct = true }).Value!.Settings!.Distinct);
    }

    [Fact]
    [Trait("Row", "V20")]
    public void In_a_broadcast_its_creator_does_everything_and_the_others_read()
    {
        var created = CreationRules.Create(Alice, Group(Bob) with { Kind = ConversationKind.Broadcast }).Value!;

        Assert.Equal(Permissions.Read, created.DefaultPermissions);
        Assert.Equal([new Participant(Alice, PermissionPresets.Owner), new Participant(Bob)], created.Participants);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void A_title_has_1_to_128_code_points(int codePoints, bool fits)
    {
        var outcome = CreationRules.Create(Alice, Group(Bob) with { Title = string.Concat(Enumerable.Repeat("🎉", codePoints)) });

        Assert.Equal(fits, outcome.Value is not null);
        Assert.Equal(fits ? null : "$.title: expected 1 to 128 code points", outcome.Refusal?.Detail);
    }

    [Theory]
    [InlineData(4_999, true)]
    [InlineData(5_000, false)]
    public void A_group_begins_with_up_to_5_000_its_creator_among_them(int others, bool fits)
    {
        var outcome = CreationRules.Create(Alice, Group([.. Enumerable.Range(0, others).Select(number => new UserId($"u{number}"))]));

        Assert.Equal(fits, outcome.Value is not null);
        Assert.Equal(fits ? null : "at most 5000 participants", outcome.Refusal?.Detail);
    }

    private static CreateConversation Group(params UserId[] others) => new(ConversationId.New(), ConversationKind.Group, others);

    private static CreateConversation Direct(params UserId[] others) => new(ConversationId.New(), ConversationKind.Direct, others);
}
