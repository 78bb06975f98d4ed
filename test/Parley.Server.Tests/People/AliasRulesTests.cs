using Parley.People;

namespace Parley.Tests.People;

/// <summary>What two spellings of an alias have in common.</summary>
public sealed class AliasRulesTests
{
    [Theory]
    [InlineData("+49 170 1234567", null, "+491701234567")]
    [InlineData("+1 (212) 555-0123", "49", "+12125550123")]
    [InlineData("+1/212.555.0123", null, "+12125550123")]
    [InlineData("2125550123", "1", "+12125550123")]
    [InlineData("0170 1234567", "49", "+491701234567")]
    [InlineData("170 1234567", "49", "+491701234567")]
    [InlineData("06 1234 5678", "39", "+390612345678")]
    [InlineData("+390612345678", "49", "+390612345678")]
    [InlineData("2125550123", null, null)]
    [InlineData("+", null, null)]
    [InlineData("", "49", null)]
    [InlineData("+049170123456", null, null)]
    [InlineData("+12345", null, null)]
    [InlineData("+1234567890123456", null, null)]
    [InlineData("+1212555O123", null, null)]
    [InlineData("1+2125550123", "1", null)]
    [InlineData("+١٢٣٤٥٦٧٨٩", null, null)]
    [InlineData("00491701234567", "49", "+490491701234567")]
    public void A_number_is_that_of_its_country(string text, string? country, string? number) => Assert.Equal(number, AliasRules.Phone(text, country));

    [Theory]
    [InlineData("Alice@Example.org", "ALICE@EXAMPLE.ORG")]
    [InlineData("a@b", "A@B")]
    [InlineData("\"a@b\"@c", "\"A@B\"@C")]
    [InlineData("\u00E9@x.org", "\u00C9@X.ORG")]
    [InlineData("alice", null)]
    [InlineData("@example.org", null)]
    [InlineData("alice@", null)]
    [InlineData("al ice@example.org", null)]
    [InlineData("alice@example.org\n", null)]
    public void An_address_is_found_whatever_its_case(string text, string? key) => Assert.Equal(key, AliasRules.EmailKey(text));

    [Fact]
    public void An_address_has_254_characters_at_most()
    {
        Assert.NotNull(AliasRules.EmailKey(new string('a', 248) + "@b.org"));
        Assert.Null(AliasRules.EmailKey(new string('a', 249) + "@b.org"));
    }
}
