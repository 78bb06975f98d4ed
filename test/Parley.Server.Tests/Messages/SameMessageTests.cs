namespace Parley.Tests.Messages;

/// <summary>A message that is sent again under its id is the same when all of it is, and not only its text.</summary>
public sealed class SameMessageTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B28")]
    [Trait("Row", "G7")]
    public async Task Whatever_of_it_is_another_under_this_id_is_refused_and_the_same_gets_the_first_answer(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob", "carol");
        var (first, second) = (await server.SayAsync("alice", conversation, "first"), await server.SayAsync("alice", conversation, "second"));
        var content = new MessageContent([MessagePart.OfText("hi"), MessagePart.OfUrl("image/png", new Uri("https://example.org/a.png"), "a.png") with { Size = 7, Width = 3, Height = 4, DurationMs = 5 }])
        {
            Ext = CustomData.Parse("""{"a":1}"""),
            Mentions = new Mentions([new UserId("bob")]),
        };
        var notification = new MessageNotification("Title", "Text", "Sound", "Category", CustomData.Parse("""{"b":2}"""), Recipients(new("To bob")));
        var sent = new SendMessage(conversation, MessageId.New(), content, ReplyTo: first, Notification: notification);
        var entry = (await SendAsync(sent)).Value!;

        SendMessage[] others =
        [
            sent with { Content = content with { Ext = CustomData.Parse("""{"a":2}""") } },
            sent with { Content = content with { Ext = null } },
            sent with { Content = content with { Mentions = new Mentions([new UserId("carol")]) } },
            sent with { Content = content with { Mentions = new Mentions([new UserId("bob"), new UserId("carol")]) } },
            sent with { Content = content with { Mentions = new Mentions([new UserId("bob")], All: true) } },
            sent with { Content = content with { Mentions = null } },
            sent with { ReplyTo = second },
            sent with { ReplyTo = null },
            sent with { Notification = null },
            sent with { Notification = notification with { Title = "Other" } },
            sent with { Notification = notification with { Text = null } },
            sent with { Notification = notification with { Sound = "Other" } },
            sent with { Notification = notification with { Category = "Other" } },
            sent with { Notification = notification with { Data = null } },
            sent with { Notification = notification with { Recipients = null } },
            sent with { Notification = notification with { Recipients = Recipients(new("To him")) } },
            .. new Func<MessagePart, MessagePart>[]
            {
                part => part with { Type = "image/gif" }, part => part with { Url = "https://example.org/b.png" }, part => part with { Name = null }, part => part with { Size = 8 },
                part => part with { Width = 4 }, part => part with { Height = 3 }, part => part with { DurationMs = null },
            }.Select(change => sent with { Content = content with { Parts = [content.Parts[0], change(content.Parts[1])] } }),
            sent with { Content = content with { Parts = [content.Parts[1], content.Parts[0]] } },
            sent with { Content = content with { Parts = [content.Parts[0]] } },
        ];
        foreach (var other in others) Assert.Equal(Refusals.IdInUse, (await SendAsync(other)).Refusal);

        await server.RestartAsync();
        var again = (await SendAsync(sent with { Priority = MessagePriority.High })).Value!;
        Assert.Equal(entry.Sequence, again.Sequence);
        Assert.Equal(4, (await server.HistoryAsync("bob", conversation)).Count);

        Task<Outcome<LogEntry>> SendAsync(SendMessage message) => server.AskAsync<LogEntry>(server.As("alice"), message);

        static Dictionary<UserId, RecipientNotification> Recipients(RecipientNotification one) => new() { [new UserId("bob")] = one };
    }
}
