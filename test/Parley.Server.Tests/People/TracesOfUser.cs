using System.Text;
using Parley.Moderation;
using Parley.Presence;
using Parley.Storage;
using Parley.Tests.Content;
using Parley.Tests.Messages;
using Parley.Tests.Moderation;
using static Parley.Tests.Asking;
using static Parley.Tests.People.PeopleWords;

namespace Parley.Tests.People;

/// <summary>Has alice leave something in every table that keeps anything of users, with a word in every text: one in what goes with her, another in what stays.</summary>
internal static class TracesOfUser
{
    /// <summary>In what has to be gone.</summary>
    public const string Goes = "bumblebee";

    /// <summary>Her telephone number: only digits may be in it.</summary>
    public const string Phone = "5550007777";

    /// <summary>In what stays, because it belongs to conversations or to others.</summary>
    public const string Stays = "dragonfly";

    /// <summary>Leaves them all. Messages with <see cref="Goes"/> are held.</summary>
    public static async Task LeaveAsync(TestServer server, ToldInterceptor interceptor)
    {
        await server.PlatformAsync(new PutUser(
            Id("alice"), $"{Goes} name", $"https://example.org/{Goes}", Json($$"""{"public":"{{Goes}}"}"""), Json($$"""{"private":"{{Goes}}"}"""), $"{Goes}@example.org", $"+1{Phone}"));
        await server.DoAsync<Contact>("alice", new RequestContact(Id("bob"), $"{Goes} to bob"));
        await server.DoAsync<Contact>("carol", new RequestContact(Id("alice"), $"carol to {Goes}"));
        await server.BefriendAsync("alice", "dave");
        await server.DoAsync<BlockList>("alice", new AddBlocks([Id("mallory")]));
        await server.DoAsync<BlockList>("eve", new AddBlocks([Id("alice")]));
        await SeenAsync(server, "alice");
        var direct = await server.ConversationOfAsync("alice", "dave");
        await server.DoAsync<InboxFlags>("alice", new UpdateInbox(direct, Pinned: true, SilencedUntil: MuteParticipants.Forever, Draft: $"{Goes} was not sent"));
        await server.SendAsync("dave", direct, "hi");
        await server.DoAsync<InboxFlags>("alice", new MarkUnread(direct, new Sequence(2)));
        await server.AskAsync<MessageCancelled>(server.As("alice"), new CancelMessage(direct, MessageId.New()));
        await InGroupAsync(server, interceptor);
        await ComingAndGoingAsync(server);
    }

    private static async Task InGroupAsync(TestServer server, ToldInterceptor interceptor)
    {
        var group = await server.MakeAsync(GroupOf("bob", "carol") with
        {
            Title = $"{Stays} group", Settings = new NewSettings($"{Stays} description", $"{Stays} announcement", CustomData.Parse($$"""{"custom":"{{Stays}}"}""")),
        });
        var said = MessageId.New();
        await server.DoAsync("alice", new SendMessage(group, said, MessageContent.OfText($"{Stays} said"), Notification: new MessageNotification($"{Stays} shown")));
        await server.DoAsync("alice", new EditMessage(group, CommandId.New(), said, MessageContent.OfText($"{Stays} said better")));
        await server.DoAsync("bob", new SendMessage(group, MessageId.New(), MessageContent.OfText("alice?") with { Mentions = new Mentions([Id("alice")]) }));
        var rude = await server.SayAsync("bob", group, "rude");
        await server.DoAsync("alice", new SetAttributes(group, CommandId.New(), Id("alice"), new Dictionary<string, string> { [$"{Stays}.nick"] = $"{Stays} nick" }));

        var reported = await server.AskAsync<MessageReported>(server.As("alice"), new ReportMessage(group, rude, ReportReason.Harassment, $"{Goes} of bob"));
        Assert.Null(reported.Refusal);
        Assert.Null((await server.RemoveMessagesAsync("alice", group, rude)).Refusal);
        await server.AskAsync<MessageReported>(server.As("bob"), new ReportMessage(group, said, ReportReason.Spam, $"{Stays} of alice"));
        var report = (await WordListTests.ReportsAsync(server)).Reports.Single(one => one.Reporter == Id("bob"));
        await server.AskAsync<MessageReport>(server.As("nobody"), new ResolveReport(report.Report, $"{Stays} noted"));
        interceptor.Say($"{Goes} held", MessageVerdict.Hold($"{Goes} is why"));
        Assert.Equal(Refusals.Held, (await server.SendAsync("alice", group, $"{Goes} held")).Refusal);

        var sent = await server.UploadAsync("alice", Encoding.UTF8.GetBytes($"{Stays} bytes"), name: $"{Goes}-sent.txt");
        await server.DoAsync("alice", new SendMessage(group, MessageId.New(), new MessageContent([MessagePart.OfContent("text/plain", sent.Content, $"{Stays}.txt")])));
        await server.UploadAsync("alice", Encoding.UTF8.GetBytes($"{Goes} bytes"), name: $"{Goes}-unsent.txt");
        var alice = server.As("alice").Key;
        var begun = await server.Node.Content.Resumable.BeginAsync(alice, 1_000, $"x/{Goes}", $"{Goes}-begun.txt", CancellationToken.None);
        var piece = new MemoryStream(Encoding.UTF8.GetBytes($"{Goes} piece"));
        Assert.Null((await server.Node.Content.Resumable.AppendAsync(alice, begun.Value!.Key.Content, 0, piece, null, CancellationToken.None)).Refusal);
    }

    /// <summary>Where she was muted and came back, where she left, and where she waits to be let in.</summary>
    private static async Task ComingAndGoingAsync(TestServer server)
    {
        var back = await server.MakeAsync(GroupOf("alice"), creator: "eve2");
        await server.DoAsync("eve2", new MuteParticipants(back, CommandId.New(), Users("alice")));
        await server.RemoveAsync("eve2", back, "alice");
        await server.AddAsync("eve2", back, "alice");
        var left = await server.MakeAsync(GroupOf("alice") with { Title = $"{Stays} when she left" }, creator: "eve2");
        await server.LeaveAsync("alice", left);
        var closed = await server.MakeAsync(GroupOf() with { Settings = new NewSettings(Public: true, Approval: true) }, creator: "eve2");
        await server.DoAsync("alice", new JoinConversation(closed, CommandId.New(), $"{Stays} let me in"));
    }

    /// <summary>Has it written when users were seen last, as the node does later.</summary>
    public static async Task SeenAsync(TestServer server, params string[] users)
    {
        await using var transaction = await server.Database.BeginAsync(CancellationToken.None);
        await LastSeenStore.WriteAsync(transaction.Session, users.Select(user => KeyValuePair.Create(server.As(user).Key, DateTimeOffset.UnixEpoch)), CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }
}
