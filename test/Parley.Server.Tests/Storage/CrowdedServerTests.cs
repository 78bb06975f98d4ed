using Parley.Conversations;
using Parley.Delivery;
using Parley.Inbox;
using Parley.Storage;

namespace Parley.Tests.Storage;

/// <summary>What a user reads costs by what is his, however many others there are.</summary>
public class CrowdedServerTests
{
    private const int Others = 20_000;

    [Theory]
    [InlineData("follow"), InlineData("changes"), InlineData("inbox"), InlineData("unread"), InlineData("sync"), InlineData("sync since"), InlineData("entries"), InlineData("conversation")]
    public async Task SQLite_looks_at_none_of_the_others(string reading)
    {
        await using var server = await SqliteSteps.StartAsync();
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.ConversationOfAsync("alice", "carol");
        await server.SendAsync("bob", conversation, "hi");
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {Others})
            insert into participations (app, conversation, user_id, revision, permissions, joined_at, left_at, delivered_up_to, read_up_to, read_ahead, changed)
            select p.app, randomblob(16), 'user' || n, p.revision, p.permissions, p.joined_at, null, 0, 0, null, p.changed
            from numbers, participations p where p.user_id = 'bob'
            """);
        var alice = new UserKey(server.App, new UserId("alice"));
        var (reader, inbox) = (new ConversationReader(server.Database), new InboxStore(server.Database));

        var steps = await SqliteSteps.CountAsync(server, () => reading switch
        {
            "follow" => reader.FollowedByAsync(alice, CancellationToken.None),
            "changes" => inbox.ChangesAsync(alice, new InboxStore.Feed(0, long.MinValue, default), 100, CancellationToken.None),
            "inbox" => inbox.ListAsync(alice, new ListInbox(), (long.MaxValue, default), 50, CancellationToken.None),
            "unread" => inbox.CountUnreadAsync(alice, 100, CancellationToken.None),
            "sync" => reader.SyncAsync(alice, [new SyncPosition(conversation, new Sequence(1))], null, CancellationToken.None),
            "sync since" => reader.SyncAsync(alice, [new SyncPosition(conversation, new Sequence(1))], 1, CancellationToken.None),
            "entries" => reader.EntriesAsync(alice, conversation, new EntryWindow(new Sequence(1), new Sequence(9), 100, Direction.Forward), CancellationToken.None),
            _ => reader.FindAsync(alice, conversation, CancellationToken.None),
        });

        Assert.InRange(steps, 1, 2_000);
    }
}
