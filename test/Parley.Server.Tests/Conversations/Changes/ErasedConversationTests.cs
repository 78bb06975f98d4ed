using System.Text;
using Parley.Storage;
using Parley.Tests.Content;
using Parley.Tests.Messages;
using Parley.Tests.Moderation;
using Parley.Tests.People;
using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

/// <summary>What goes with a conversation that is deleted.</summary>
public sealed class ErasedConversationTests
{
    private const string Goes = "bumblebee";

    [Theory, EveryEngine, Trait("Row", "C13")]
    public async Task What_was_held_reported_begun_and_uploaded_there_goes_with_it_and_nothing_of_another(Engine engine)
    {
        var (clock, interceptor) = (new ManualClock(), new ToldInterceptor());
        await using var server = await TestServer.StartAsync(engine, clock: clock, interceptors: interceptor);
        interceptor.Say($"{Goes} held", Parley.Moderation.MessageVerdict.Hold($"{Goes} is why"));
        interceptor.Say("held", Parley.Moderation.MessageVerdict.Hold());
        var (group, other) = (await server.MakeAsync(GroupOf("bob", "carol") with { Settings = new NewSettings(Public: true, Approval: true) }), await server.MakeAsync(GroupOf("bob")));
        await LeaveAsync(group, $"{Goes} ");
        await LeaveAsync(other, "");
        var shared = await server.UploadAsync("bob", [1, 2, 3], name: "shared.bin");
        foreach (var one in new[] { group, other }) await server.SendFileAsync("bob", one, shared.Content);
        await server.DoAsync("eve", new JoinConversation(group, CommandId.New(), $"{Goes} let me in"));
        Assert.Equal(["contents.name", "drafts.body", "entries.event", "held.body", "held.reason", "pending.message", "reports.body"], await server.Database.MentionsAsync(Goes));
        Assert.Equal((3, 4), (server.Files().Count, await server.NumberAsync($"select count(*) from content_uses")));

        await server.DoAsync("alice", new DeleteConversation(group, CommandId.New()));

        // The log stays as it is, out of everybody's reach, as long as its app keeps entries.
        Assert.Equal(["contents.name", "entries.event"], await server.Database.MentionsAsync(Goes));
        foreach (var table in new[] { "held", "reports", "drafts" }) Assert.Equal((table, 1), (table, await server.NumberAsync(Sql.From($"select count(*) from {Sql.Script(table)}"))));
        await PassAsync(server, clock);
        Assert.Equal(["entries.event"], await server.Database.MentionsAsync(Goes));
        // What is used elsewhere too is kept.
        Assert.Equal((2, 2), (server.Files().Count, await server.NumberAsync($"select count(*) from content_uses")));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from deleted_uses"));

        async Task LeaveAsync(ConversationId conversation, string word)
        {
            await server.DoAsync<InboxFlags>("bob", new UpdateInbox(conversation, Draft: $"{word}draft"));
            var message = await server.SayAsync("bob", conversation, "rude");
            Assert.Null((await server.AskAsync<MessageReported>(server.As("alice"), new ReportMessage(conversation, message, ReportReason.Spam, $"{word}report"))).Refusal);
            Assert.Equal(Refusals.Held, (await server.SendAsync("bob", conversation, $"{word}held")).Refusal);
            var own = await server.UploadAsync("bob", Encoding.UTF8.GetBytes($"{word}bytes"), name: $"{word}own.txt");
            await server.SendFileAsync("bob", conversation, own.Content);
        }
    }

    [Theory, EveryEngine, Trait("Row", "C13")]
    public async Task What_its_messages_refer_to_is_let_go_some_at_a_time_and_all_of_it(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var conversations = new[] { await server.MakeAsync(GroupOf("bob")), await server.MakeAsync(GroupOf("bob")) };
        var contents = new[] { (await server.UploadAsync("bob", [1])).Content, (await server.UploadAsync("bob", [2])).Content };
        foreach (var conversation in conversations)
        {
            // Two to a message, and more than are let go at once.
            for (var use = 0; use < 250; use++)
            {
                await server.ChangeAsync($"""
                    insert into content_uses (app, content, conversation, sequence)
                    select app, {contents[use % 2].Value}, number, {2 + use / 2} from conversations where conversation = {conversation.Value}
                    """);
            }

            await server.DoAsync("alice", new DeleteConversation(conversation, CommandId.New()));
        }

        var before = server.Faults.Commits;
        await server.CollectAsync();

        Assert.Equal(6, server.Faults.Commits - before);
        Assert.Equal((0, 0), (await server.NumberAsync($"select count(*) from content_uses"), await server.NumberAsync($"select count(*) from deleted_uses")));
        Assert.Equal(2, await server.NumberAsync($"select count(*) from contents where delete_at is not null"));
        await PassAsync(server, clock);
        Assert.Empty(server.Files());
    }

    [Theory, EveryEngine, Trait("Row", "C13")]
    public async Task What_is_reported_while_it_is_being_deleted_is_not_kept(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        var message = await server.SayAsync("alice", group, "rude");

        // It has taken the reports away, and nobody can see it yet.
        var (reached, release) = server.Faults.HoldCommits();
        var deleting = server.DoAsync("alice", new DeleteConversation(group, CommandId.New()));
        await reached;
        var reported = server.AskAsync<MessageReported>(server.As("carol"), new ReportMessage(group, message, ReportReason.Other, "late"));
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        release.SetResult();
        await deleting;

        Assert.Equal(Refusals.MessageNotFound, (await reported).Refusal);
        Assert.Empty(await server.Database.MentionsAsync("late"));
    }

    [Theory, EveryEngine, Trait("Row", "C13")]
    public async Task What_is_being_held_while_it_is_deleted_goes_with_it(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        interceptor.Say("dubious", Parley.Moderation.MessageVerdict.Hold());
        var group = await server.MakeAsync(GroupOf("bob", "carol"));

        // It is kept, and nobody can see it yet.
        var (reached, release) = server.Faults.HoldCommits();
        var held = server.SendAsync("bob", group, "dubious");
        await reached;
        var deleting = server.DoAsync("alice", new DeleteConversation(group, CommandId.New()));
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        release.SetResult();

        Assert.Equal(Refusals.Held, (await held).Refusal);
        await deleting;
        Assert.Empty(await server.Database.MentionsAsync("dubious"));
    }

    private static async Task PassAsync(TestServer server, ManualClock clock)
    {
        await server.CollectAsync();
        clock.Advance(TimeSpan.FromMinutes(1));
        await server.CollectAsync();
    }
}
