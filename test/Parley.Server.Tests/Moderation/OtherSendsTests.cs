using Parley.Moderation;
using Parley.Tests.Presence;

namespace Parley.Tests.Moderation;

/// <summary>What is sent to several, or kept nowhere, passes the same lists and the same interceptors.</summary>
public sealed class OtherSendsTests
{
    [Theory, EveryEngine, Trait("Row", "A08"), Trait("Row", "S25")]
    public async Task What_is_sent_to_several_is_refused_or_masked_for_each(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await WordListTests.PutAsync(server, "never", WordAction.Refuse, "never");
        await WordListTests.PutAsync(server, "rude", WordAction.Mask, "bad");

        var refused = await SendAsync(server, "never");
        var masked = await SendAsync(server, "a bad day");

        Assert.Equal(["filtered", "filtered"], refused.Select(one => one.Refusal?.Code));
        foreach (var one in masked)
        {
            var entry = (await server.EntriesAsync(one.User!.Value.Value, new ReadEntries(one.Conversation!.Value, Limit: 1))).Value!.Entries[0];
            Assert.Equal("a *** day", ((MessageSent)entry.Event).Content.PlainText());
        }
    }

    [Theory, EveryEngine, Trait("Row", "B19"), Trait("Row", "S33")]
    public async Task What_is_held_of_it_still_says_who_has_it_when_it_is_released(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        interceptor.Say("dubious", MessageVerdict.Hold());

        var told = await SendAsync(server, "dubious");
        var held = (await server.AskAsync<HeldPage>(server.As("alice"), new ListHeld())).Value!.Held;
        var released = (await server.AskAsync<LogEntry>(server.As("alice"), new ReleaseHeld(held[0].Conversation, held[0].Request))).Value!;

        Assert.Equal(["held", "held"], told.Select(one => one.Refusal?.Code));
        Assert.Equal(2, held.Count);
        Assert.Equal([new UserId("bob"), new UserId("carol")], ((MessageSent)released.Event).Recipients);
    }

    [Theory, EveryEngine, Trait("Row", "A08"), Trait("Row", "B17")]
    public async Task What_is_kept_nowhere_is_filtered_too(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var chat = await town.Server.ConversationOfAsync("alice", "bob");
        var (alice, bob) = (town.Connect("alice", "phone", null, chat), town.Connect("bob", "phone", null, chat));
        await WordListTests.PutAsync(town.Server, "never", WordAction.Refuse, "never");
        await WordListTests.PutAsync(town.Server, "rude", WordAction.Mask, "bad");

        var refused = await alice.AskAsync<OnlineSent>(Online(chat, "never"));
        await alice.AskAsync<OnlineSent>(Online(chat, "a bad day"));

        Assert.Equal((Refusals.Filtered, "$.content.parts[0].body"), (refused.Refusal, refused.Refusal!.Detail));
        var told = Assert.Single(bob.Notifications(), one => one.GetProperty("method").GetString() == Methods.OnlineMessage);
        Assert.Equal("a *** day", told.GetProperty("params").GetProperty("content").GetProperty("parts")[0].GetProperty("body").GetString());
    }

    [Theory, EveryEngine, Trait("Row", "A09"), Trait("Row", "B17")]
    public async Task What_is_kept_nowhere_is_not_held_but_refused(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var chat = await server.ConversationOfAsync("alice", "bob");
        interceptor.Say("dubious", MessageVerdict.Hold());
        interceptor.Say("bad", MessageVerdict.Refuse("no"));

        var held = await server.AskAsync<OnlineSent>(server.As("alice"), Online(chat, "dubious"));
        var refused = await server.AskAsync<OnlineSent>(server.As("alice"), Online(chat, "bad"));
        var stranger = await server.AskAsync<OnlineSent>(server.As("mallory"), Online(chat, "bad"));

        Assert.Equal((Refusals.Intercepted, "what nothing keeps is not held"), (held.Refusal, held.Refusal!.Detail));
        Assert.Equal((Refusals.Intercepted, "no"), (refused.Refusal, refused.Refusal!.Detail));
        Assert.Equal(Refusals.NotFound, stranger.Refusal);
        Assert.All(interceptor.Asked, asked => Assert.Equal(asked.Message.Value, asked.Request));
        Assert.Empty((await server.AskAsync<HeldPage>(server.As("alice"), new ListHeld())).Value!.Held);
    }

    private static SendOnline Online(ConversationId to, string text) => new(to, MessageId.New(), MessageContent.OfText(text));

    private static async Task<IReadOnlyList<RecipientOutcome>> SendAsync(TestServer server, string text)
    {
        MessageRecipient[] recipients = [new(User: new UserId("bob")), new(User: new UserId("carol"))];
        return (await server.AskAsync<SentToMany>(server.As("alice"), new SendToMany(recipients, MessageId.New(), MessageContent.OfText(text)))).Value!.Recipients;
    }
}
