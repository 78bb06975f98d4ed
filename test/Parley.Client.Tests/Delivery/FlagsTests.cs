using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Delivery;

/// <summary>How conversations stand in the user's inbox: what of it is told that another device said while this one was away or too slow to be told, and when it is asked for.</summary>
public sealed class FlagsTests
{
    private static readonly InboxFlags Nothing = new(), Pinned = new(Pinned: true), Drafted = new(Draft: "At no"), Marked = new(UnreadFrom: new Sequence(2));

    private readonly ConversationId _lunch = ConversationId.New();
    private readonly ConversationId _work = ConversationId.New();
    private readonly ConversationId _news = ConversationId.New();

    [Fact]
    public async Task After_a_reconnect_each_conversation_is_told_that_stands_otherwise_than_it_was_told_or_read()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changes.AddRange([ChangeOf(_lunch, Pinned), ChangeOf(_work)]));
        var told = ToldBy(scene);
        // Of the first session nothing is news: the program reads what it shows.
        await ReconnectAsync(scene, 2, ChangeOf(_lunch, Pinned), ChangeOf(_work), ChangeOf(_news));
        await ReconnectAsync(scene, 3, ChangeOf(_lunch), ChangeOf(_work, Drafted), ChangeOf(_news, Marked));
        await UntilAsync(() => told.Count == 3, "all were told");
        Assert.Equal([(_lunch, Nothing), (_work, Drafted), (_news, Marked)], told);

        // What this device did itself, and what it was told, is no news after the next.
        var update = scene.Alice.Inbox.UpdateAsync(new UpdateInbox(_lunch, Pinned: true));
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("inbox.update"), Pinned, ProtocolJson.Lenient.InboxFlags);
        await update;
        await PushAsync(scene, _work, Nothing);
        await ReconnectAsync(scene, 4, ChangeOf(_lunch, Pinned), ChangeOf(_work), ChangeOf(_news, Marked), ChangeOf(ConversationId.New(), Pinned) with { Deleted = true });
        await UntilAsync(() => told.Count == 4, "all were told");
        Assert.Equal((_work, Nothing), told.Last());

        // What it read meanwhile, and holds no more, is.
        var reading = scene.Alice.Inbox.ListAsync();
        var item = new InboxItem(_work, ConversationKind.Direct, null, Bob, new Sequence(3), TimeProvider.System.Now(), null, 0, false, default, default, Flags: Pinned);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("inbox.list"), new InboxPage([item], null), ProtocolJson.Lenient.InboxPage);
        await reading;
        await ReconnectAsync(scene, 5, ChangeOf(_work));
        await UntilAsync(() => told.Count == 5, "it was told");
        Assert.Equal((_work, Nothing), told.Last());
    }

    [Fact]
    public async Task What_changed_before_the_first_list_was_read_to_its_end_is_told_once_it_is()
    {
        await using var scene = await Scene.StartAsync(opening =>
        {
            opening.Changes.Add(ChangeOf(_lunch));
            opening.More = true;
        });
        var told = ToldBy(scene);
        await scene.Connection.ExpectAsync("inbox.changes");
        await ReconnectAsync(scene, 2, ChangeOf(_lunch, Pinned), ChangeOf(_work, Drafted));
        await UntilAsync(() => told.Count == 1, "one was told");

        Assert.Null(scene.Connection.Opened!.As(ProtocolJson.Lenient.OpenSession).Since);
        // Of the other nothing was heard before.
        Assert.Equal([(_lunch, Pinned)], told);
    }

    [Fact]
    public async Task After_a_head_the_changes_are_listed_and_once_more_for_all_heads_that_came_meanwhile()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changes.Add(ChangeOf(_lunch)));
        var told = ToldBy(scene);

        await PushHeadAsync(scene, 5);
        var request = await ExpectedAsync(scene, "since-1");
        for (var head = 6; head < 12; head++) await PushHeadAsync(scene, head);
        await AnswerAsync(scene, request, "page-2", more: true, ChangeOf(_lunch, Pinned));
        await AnswerAsync(scene, await ExpectedAsync(scene, "page-2"), "since-2", more: false, ChangeOf(_work, Drafted));
        await AnswerAsync(scene, await ExpectedAsync(scene, "since-2"), "since-3", more: false, ChangeOf(_lunch, Marked));
        await UntilAsync(() => told.Count == 3, "all were told");
        Assert.Equal([(_lunch, Pinned), (_work, Drafted), (_lunch, Marked)], told);
        Assert.Empty(await AskedAsync(scene));

        await PushHeadAsync(scene, 12);
        await AnswerAsync(scene, await ExpectedAsync(scene, "since-3"), "since-4", more: false);
        Assert.Empty(await AskedAsync(scene));

        // The next session begins where the last one did: of the lists of people it is not known how far they were heard.
        await ReconnectAsync(scene, 5, ChangeOf(_lunch, Marked));
        Assert.Equal("since-1", scene.Connection.Opened!.As(ProtocolJson.Lenient.OpenSession).Since);
        Assert.Equal(3, told.Count);
    }

    [Fact]
    public async Task What_was_told_while_it_was_listed_is_listed_again_so_that_the_newest_is_told_last()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changes.Add(ChangeOf(_lunch)));
        var told = ToldBy(scene);

        await PushHeadAsync(scene, 5);
        var request = await ExpectedAsync(scene, "since-1");
        await PushAsync(scene, _lunch, Marked);
        await UntilAsync(() => told.Count == 1, "it was told");
        await AnswerAsync(scene, request, "since-2", more: false, ChangeOf(_lunch, Pinned), ChangeOf(_work, Drafted));
        request = await ExpectedAsync(scene, "since-1");
        Assert.Equal([(_lunch, Marked), (_work, Drafted)], told);
        await AnswerAsync(scene, request, "since-3", more: false, ChangeOf(_lunch, Marked), ChangeOf(_work, Drafted));

        Assert.Empty(await AskedAsync(scene));
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public async Task When_the_connection_goes_or_the_list_is_refused_what_was_missed_is_told_later()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changes.Add(ChangeOf(_lunch)));
        var told = ToldBy(scene);

        await PushHeadAsync(scene, 5);
        await scene.Connection.RefuseAsync(await ExpectedAsync(scene, "since-1"), Refusals.InvalidParams);
        Assert.Empty(await AskedAsync(scene));
        await PushHeadAsync(scene, 6);
        await ExpectedAsync(scene, "since-1");
        await ReconnectAsync(scene, 2, ChangeOf(_lunch, Pinned));

        await UntilAsync(() => told.Count == 1, "it was told");
        Assert.Equal([(_lunch, Pinned)], told);
        Assert.Empty(await AskedAsync(scene));
    }

    [Fact]
    public async Task After_a_reset_nothing_is_known()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changes.Add(ChangeOf(_lunch, Pinned)));
        var told = ToldBy(scene);
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening =>
        {
            (opening.Reset, opening.Epoch) = (true, Guid.NewGuid());
            opening.Changes.Add(ChangeOf(_lunch, Drafted));
        });
        await UntilAsync(() => scene.Alice.Session!.Reset, "the session is open");
        await ReconnectAsync(scene, 3, scene.Alice.Session!.Epoch, ChangeOf(_lunch, Marked));

        await UntilAsync(() => !told.IsEmpty, "it was told");
        Assert.Equal([(_lunch, Marked)], told);
    }

    private static ConversationChange ChangeOf(ConversationId conversation, InboxFlags? flags = null) =>
        new(conversation, ConversationKind.Direct, 1, new Sequence(3), new Sequence(3), default, Flags: flags);

    private static ConcurrentQueue<(ConversationId, InboxFlags)> ToldBy(Scene scene)
    {
        var told = new ConcurrentQueue<(ConversationId, InboxFlags)>();
        scene.Alice.InboxChanged += (_, e) => told.Enqueue((e.Changed.Conversation, e.Changed.Flags));
        return told;
    }

    private static Task ReconnectAsync(Scene scene, int session, params ConversationChange[] changes) => ReconnectAsync(scene, session, Opening.FirstEpoch, changes);

    private static async Task ReconnectAsync(Scene scene, int session, Guid epoch, params ConversationChange[] changes)
    {
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening =>
        {
            (opening.Since, opening.Epoch) = ($"since-{session}", epoch);
            opening.Changes.AddRange(changes);
        });
        await UntilAsync(() => scene.Alice.Session!.Changes.Since == $"since-{session}", "the session is open");
    }

    private static Task PushAsync(Scene scene, ConversationId conversation, InboxFlags flags) =>
        scene.Connection.PushAsync("inbox", new InboxChanged(conversation, flags), ProtocolJson.Lenient.InboxChanged);

    private Task PushHeadAsync(Scene scene, long head) =>
        scene.Connection.PushAsync("head", new HeadMoved(_news, new Sequence(head)), ProtocolJson.Lenient.HeadMoved);

    private static async Task<ScriptedRequest> ExpectedAsync(Scene scene, string since)
    {
        var request = await scene.Connection.ExpectAsync("inbox.changes");
        Assert.Equal(since, request.As(ProtocolJson.Lenient.ReadChanges).Since);
        return request;
    }

    private static Task AnswerAsync(Scene scene, ScriptedRequest request, string since, bool more, params ConversationChange[] changes) =>
        scene.Connection.AnswerAsync(request, new InboxChanges(changes, since, more), ProtocolJson.Lenient.InboxChanges);

    private static async Task<IEnumerable<string>> AskedAsync(Scene scene) =>
        from request in await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(200))
        where request.Method == "inbox.changes"
        select request.Method;
}
