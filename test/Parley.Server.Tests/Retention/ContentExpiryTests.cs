using Parley.Storage;

namespace Parley.Tests.Retention;

/// <summary>What was uploaded goes with the last message that refers to it.</summary>
public class ContentExpiryTests
{
    private const string Doomed = "select count(*) from contents where delete_at is not null";

    [Theory, EveryEngine]
    [Trait("Row", "G19"), Trait("Row", "B45")]
    public async Task What_was_reported_of_a_message_goes_with_it_and_other_reports_stay(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, TimeSpan.FromDays(30));
        var server = archive.Server;
        var (first, second) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("alice", "carol"));
        await ReportedAsync(first, "bob");
        await ReportedAsync(second, "carol");
        await archive.PassAsync(TimeSpan.FromDays(20));
        var newest = await ReportedAsync(first, "bob");

        await archive.PassAsync(TimeSpan.FromDays(11));

        Assert.Equal([newest.Value], await MessagesAsync());
        await archive.PassAsync(TimeSpan.FromDays(20));
        Assert.Empty(await MessagesAsync());

        async Task<MessageId> ReportedAsync(ConversationId to, string by)
        {
            var message = MessageId.New();
            await server.SendAsync("alice", to, "rude", message);
            Assert.Null((await server.AskAsync<MessageReported>(server.As(by), new ReportMessage(to, message, ReportReason.Spam, "words of a reporter"))).Refusal);
            return message;
        }

        async Task<List<Guid>> MessagesAsync()
        {
            await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);
            return await session.QueryAsync($"select message from reports", row => row.Uuid(0), CancellationToken.None);
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    public async Task An_uploaded_file_is_doomed_when_the_last_message_with_it_expires_and_not_before(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, TimeSpan.FromDays(30));
        var server = archive.Server;
        var (first, second) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("alice", "carol"));
        var content = ContentId.New();
        var hash = new byte[32];
        await server.ChangeAsync($"""
            insert into contents (app, content, owner, created_at, state, size, hash, type, sent)
            values ({server.App.Number}, {content.Value}, {"alice"}, {archive.Clock.GetUtcNow().ToUnixTimeMilliseconds()}, 1, 3, {hash}, {"image/png"}, 0)
            """);
        await SendAsync(first);
        await archive.PassAsync(TimeSpan.FromDays(20));
        await SendAsync(second);

        await archive.PassAsync(TimeSpan.FromDays(11));
        Assert.Equal("1-2 expired", await archive.PageAsync("bob", new ReadEntries(first)));
        Assert.Equal((1, 0), (await archive.CountAsync("content_uses"), await server.NumberAsync(Sql.Script(Doomed))));

        await archive.PassAsync(TimeSpan.FromDays(20));
        Assert.Equal((0, 1), (await archive.CountAsync("content_uses"), await server.NumberAsync(Sql.Script(Doomed))));

        async Task SendAsync(ConversationId to)
        {
            var said = new MessageContent([new MessagePart("image/png") { Content = content }]);
            var answer = await server.AskAsync<LogEntry>(server.As("alice"), new SendMessage(to, MessageId.New(), said));
            Assert.Null(answer.Refusal);
        }
    }
}
