using System.Text.Json;
using Parley.People;

namespace Parley.Tests.People;

/// <summary>What a profile may hold.</summary>
public sealed class ProfileRulesTests
{
    private const string Pile = "\U0001F4A9";

    [Fact]
    public void A_name_has_128_code_points_at_most()
    {
        Assert.NotNull(Check(name: string.Concat(Enumerable.Repeat(Pile, 128))).Value);
        Assert.Equal(Refusals.InvalidParams, Check(name: new string('a', 129)).Refusal);
    }

    [Theory]
    [InlineData("https://example.org/a.png", true)]
    [InlineData("HTTP://example.org/ä?b#c", true)]
    [InlineData("", true)]
    [InlineData("ftp://example.org/a.png", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("data:image/png;base64,AAAA", false)]
    [InlineData("/a.png", false)]
    [InlineData("example.org/a.png", false)]
    [InlineData("https://example.org/a b", false)]
    [InlineData(" https://example.org/", false)]
    [InlineData("https://example.org/\n", false)]
    [InlineData("https://", false)]
    public void A_picture_is_at_an_http_address(string address, bool isTaken) => Assert.Equal(isTaken, Check(avatar: address).Refusal is null);

    [Fact]
    public void An_address_has_1024_characters_at_most()
    {
        const string Start = "https://example.org/";
        Assert.NotNull(Check(avatar: Start + new string('a', 1024 - Start.Length)).Value);
        Assert.Equal(Refusals.InvalidParams, Check(avatar: Start + new string('a', 1025 - Start.Length)).Refusal);
    }

    [Fact]
    public void Data_is_an_object_of_5120_bytes_and_8_deep_at_most()
    {
        Assert.Equal("""{"a":1}""", Check(data: """{ "a" : 1 }""").Value!.PublicData);
        foreach (var other in new[] { "1", "[]", "\"a\"", "true", "null" }) Assert.Equal(Refusals.InvalidParams, Check(data: other).Refusal);

        Assert.NotNull(Check(data: $$"""{"a":"{{new string('b', 5_120 - 8)}}"}""").Value);
        Assert.Equal(Refusals.TooLarge, Check(data: $$"""{"a":"{{new string('b', 5_120 - 7)}}"}""").Refusal);
        // Counted in bytes, and white space is none of it.
        Assert.NotNull(Check(data: $$"""{      "a":      "{{new string('b', 5_120 - 8)}}"}""").Value);
        Assert.Equal(Refusals.TooLarge, Check(data: $$"""{"a":"{{new string('é', 2_560)}}"}""").Refusal);

        Assert.NotNull(Check(data: Nested(8)).Value);
        Assert.Equal(Refusals.InvalidParams, Check(data: Nested(9)).Refusal);
    }

    [Fact]
    public void What_is_left_out_stays_and_what_is_empty_is_cleared()
    {
        var change = Check(name: "", data: "{}").Value!;

        Assert.Equal(("before", null), (ProfileChange.After(change.AvatarUrl, "before"), ProfileChange.After(change.DisplayName, "before")));
        Assert.Null(ProfileChange.After(change.PublicData, "before"));
        Assert.Equal("after", ProfileChange.After("after", "before"));
    }

    private static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "[]" + new string('}', depth - 1);

    private static Outcome<ProfileChange> Check(string? name = null, string? avatar = null, string? data = null) =>
        ProfileRules.Check(name, avatar, data is null ? null : JsonElement.Parse(data), null);
}
