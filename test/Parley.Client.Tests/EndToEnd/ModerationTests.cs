using Parley.Client.Tests.Support;
using Parley.Tests;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>What the SDK tells of messages that do not pass, and reports.</summary>
public class ModerationTests
{
    [Theory, EveryEngine, Trait("Row", "A08"), Trait("Row", "B45")]
    public async Task A_word_is_refused_or_masked_and_what_is_wrong_is_reported(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(
            engine, ("Apps:demo:Moderation:Lists:0:Name", "never"), ("Apps:demo:Moderation:Lists:0:Words:0", "never"),
            ("Apps:demo:Moderation:Lists:1:Name", "rude"), ("Apps:demo:Moderation:Lists:1:Words:0", "bad"), ("Apps:demo:Moderation:Lists:1:Action", "Mask"));
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var direct = (await alice.Conversations.DirectAsync(Cast.Bob)).Conversation;

        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => alice.Messages.SendAsync(direct, "Never!"));
        var masked = await alice.Messages.SendAsync(direct, "too bad");
        var message = ((MessageSent)masked.Event).Message;
        var reported = await bob.Messages.ReportAsync(direct, message, ReportReason.Harassment, "every day");
        var again = await bob.Messages.ReportAsync(direct, message, ReportReason.Spam);

        Assert.Equal((Refusals.Filtered, 501), (refused.Refusal, Refusals.Find(refused.Refusal.Code)!.Agora));
        Assert.Equal("too ***", ((MessageSent)masked.Event).Content.PlainText());
        Assert.Equal((message, ReportReason.Harassment), (reported.Message, reported.Reason));
        Assert.Equal(reported, again);
        await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Messages.ReportAsync(direct, MessageId.New(), ReportReason.Spam));
    }
}
