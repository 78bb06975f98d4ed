using Parley.People;
using static Parley.ContactState;

namespace Parley.Tests.People;

/// <summary>What somebody makes of how he and another stand.</summary>
public sealed class ContactRulesTests
{
    private static readonly ContactRules.Situation Fine = new(BlocksMe: false, Contacts: 0, TheirIncoming: 0);

    [Fact]
    public void Who_is_asked_waits_for_an_answer_and_who_asks_the_asker_has_given_it()
    {
        Assert.Equal(new ContactRules.Step(Requested, Incoming, ContactChange.Requested), ContactRules.Request(None, Fine).Step);
        Assert.Equal(new ContactRules.Step(Accepted, Accepted, ContactChange.Accepted), ContactRules.Request(Incoming, Fine).Step);
        Assert.Equal(new ContactRules.Step(Accepted, Accepted, ContactChange.Accepted), ContactRules.Accept(Incoming, Fine).Step);
        Assert.Equal(new ContactRules.Step(None, None, ContactChange.Declined), ContactRules.Decline(Incoming, Fine).Step);
        Assert.Equal(new ContactRules.Step(None, None, ContactChange.Removed), ContactRules.Remove(Accepted, Fine).Step);
        Assert.Equal(new ContactRules.Step(None, None, ContactChange.Removed), ContactRules.Remove(Requested, Fine).Step);
        Assert.Equal(new ContactRules.Step(None, None, ContactChange.Declined), ContactRules.Remove(Incoming, Fine).Step);
    }

    [Fact]
    public void What_was_done_before_is_not_done_again()
    {
        foreach (var again in new[]
        {
            ContactRules.Request(Requested, Fine), ContactRules.Request(Accepted, Fine), ContactRules.Accept(Accepted, Fine),
            ContactRules.Decline(None, Fine), ContactRules.Decline(Accepted, Fine), ContactRules.Decline(Requested, Fine), ContactRules.Remove(None, Fine),
        })
            Assert.Equal(default, again);
    }

    [Fact]
    public void Nobody_accepts_what_he_was_not_asked()
    {
        Assert.Equal(Refusals.NotFound, ContactRules.Accept(None, Fine).Refusal);
        Assert.Equal(Refusals.NotFound, ContactRules.Accept(Requested, Fine).Refusal);
    }

    [Fact]
    public void Who_is_blocked_makes_no_contact_and_keeps_the_one_he_has()
    {
        var blocked = Fine with { BlocksMe = true };

        Assert.Equal(Refusals.Blocked, ContactRules.Request(None, blocked).Refusal);
        Assert.Equal(Refusals.Blocked, ContactRules.Request(Requested, blocked).Refusal);
        Assert.Equal(Refusals.Blocked, ContactRules.Request(Incoming, blocked).Refusal);
        Assert.Equal(Refusals.Blocked, ContactRules.Accept(Incoming, blocked).Refusal);
        Assert.Equal(default, ContactRules.Request(Accepted, blocked));
        Assert.NotNull(ContactRules.Remove(Accepted, blocked).Step);
        Assert.NotNull(ContactRules.Decline(Incoming, blocked).Step);
    }

    [Fact]
    public void A_list_takes_5000_contacts_and_a_user_1000_requests()
    {
        Assert.NotNull(ContactRules.Request(None, Fine with { Contacts = 4_999 }).Step);
        Assert.Equal(Refusals.ListFull, ContactRules.Request(None, Fine with { Contacts = 5_000 }).Refusal);
        Assert.Equal(Refusals.ListFull, ContactRules.Accept(Incoming, Fine with { Contacts = 5_000 }).Refusal);
        Assert.NotNull(ContactRules.Accept(Incoming, Fine with { Contacts = 4_999 }).Step);
        Assert.NotNull(ContactRules.Request(None, Fine with { TheirIncoming = 999 }).Step);
        Assert.Equal(Refusals.ListFull, ContactRules.Request(None, Fine with { TheirIncoming = 1_000 }).Refusal);
        // Who answers takes no place among those who wait.
        Assert.NotNull(ContactRules.Request(Incoming, Fine with { TheirIncoming = 1_000 }).Step);
    }
}
