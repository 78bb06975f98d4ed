using System.Reflection;

namespace Parley.Tests.Repository;

public class PublicApiTests
{
    [Theory]
    [InlineData("Parley.Protocol")]
    [InlineData("Parley.Server")]
    public void The_public_api_is_the_checked_in_text(string assembly) =>
        Generated.MustEqual($"src/{assembly}/PublicApi.txt", PublicApi.Render(Assembly.Load(assembly)));

    [Fact]
    public void A_record_is_shown_by_what_its_author_wrote()
    {
        var lines = PublicApi.Render(typeof(SendMessage).Assembly).Split('\n');

        Assert.Contains("sealed record Parley.OpenSession", lines);
        Assert.Contains("    new(string Token, DeviceId Device, Guid? Epoch = null, string? Since = null, string? Client = null, bool Receive = true, SetPresence? Presence = null)", lines);
        Assert.Contains("    IReadOnlyList<MessagePart> Parts { get; init; }", lines);
        Assert.Contains("    const int MaxTextBytes = 32768", lines);
        Assert.Contains("    static bool TryParse(string? text, out UserId user)", lines);
        Assert.DoesNotContain(lines, line => line.Contains("PrintMembers", StringComparison.Ordinal) || line.Contains("Deconstruct", StringComparison.Ordinal));
    }
}
