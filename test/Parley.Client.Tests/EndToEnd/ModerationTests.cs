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

    [Theory, EveryEngine, Trait("Row", "A08")]
    public async Task No_conversation_is_called_or_described_by_a_word_of_a_list(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(
            engine, ("Apps:demo:Moderation:Lists:0:Name", "never"), ("Apps:demo:Moderation:Lists:0:Words:0", "never"),
            ("Apps:demo:Moderation:Lists:1:Name", "rude"), ("Apps:demo:Moderation:Lists:1:Words:0", "bad"), ("Apps:demo:Moderation:Lists:1:Action", "Mask"));
        var conversations = (await server.ConnectAsync("alice")).Conversations;
        var group = (await conversations.CreateGroupAsync([], "good")).Conversation;

        foreach (var word in new[] { "never", "bad" })
        {
            Assert.Equal("$.title", await WhyAsync(conversations.CreateAsync(Named(word))));
            Assert.Equal("$.settings.description", await WhyAsync(conversations.CreateAsync(Named("good") with { Settings = new NewSettings(Description: word) })));
            Assert.Equal("$.settings.announcement", await WhyAsync(conversations.CreateAsync(Named("good") with { Settings = new NewSettings(Announcement: word) })));
            Assert.Equal("$.title", await WhyAsync(conversations.SetTitleAsync(group, word)));
            Assert.Equal("$.description", await WhyAsync(conversations.UpdateAsync(new UpdateConversation(group, CommandId.New(), Description: word))));
            Assert.Equal("$.announcement", await WhyAsync(conversations.UpdateAsync(new UpdateConversation(group, CommandId.New(), Announcement: word))));
        }

        var state = await conversations.GetAsync(group);
        Assert.Equal(("good", new Sequence(1)), (state.Title, state.Head));

        static CreateConversation Named(string title) => new(ConversationId.New(), ConversationKind.Group, [], title);

        static async Task<string?> WhyAsync(Task asked)
        {
            var refusal = (await Assert.ThrowsAsync<ParleyRefusedException>(() => asked)).Refusal;
            Assert.Equal(Refusals.Filtered, refusal);
            return refusal.Detail;
        }
    }
}
