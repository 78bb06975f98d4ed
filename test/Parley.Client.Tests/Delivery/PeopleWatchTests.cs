using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Delivery;

/// <summary>What of the user's own lists is read after a reconnect or when notifications were dropped, from when on, and in which order it is told.</summary>
public sealed class PeopleWatchTests
{
    private static readonly ConversationId Conversation = ConversationId.New();

    [Fact]
    [Trait("Row", "B18")]
    public async Task What_could_not_be_read_on_one_session_is_read_on_the_next_from_as_far_back_and_once()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Lists.AddRange([UserList.Contacts, UserList.Blocks]));
        var told = new ConcurrentQueue<string>();
        scene.Alice.Contacts.Changed += (_, e) => told.Enqueue($"{e.Contact.User} {e.Contact.State}");
        scene.Alice.Blocks.Changed += (_, e) => told.Enqueue($"{e.Users.Count} blocked");
        scene.Alice.Users.ProfileChanged += (_, e) => told.Enqueue($"{e.Profile.DisplayName}");
        // Of the first session nothing is news: the program reads what it shows.
        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(100)));

        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening =>
        {
            opening.Since = "since-2";
            opening.Lists.AddRange([UserList.Contacts, UserList.Blocks, UserList.Unknown]);
        });
        Assert.Equal("since-1", (await scene.Connection.ExpectAsync("contact.list")).As(ProtocolJson.Lenient.ListContacts).Since);
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening =>
        {
            opening.Since = "since-3";
            opening.Lists.Add(UserList.Profile);
        });

        var me = new OwnProfile(new UserProfile(Cast.Alice, 1, UserStatus.Active, "Alice"));
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("user.me"), me, ProtocolJson.Lenient.OwnProfile);
        var request = await scene.Connection.ExpectAsync("contact.list");
        Assert.Equal("since-1", request.As(ProtocolJson.Lenient.ListContacts).Since);
        var gone = new Contact(Bob, ContactState.None, ContactChange.Removed, TimeProvider.System.Now());
        await scene.Connection.AnswerAsync(request, new ContactsPage([gone]), ProtocolJson.Lenient.ContactsPage);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("block.list"), new BlockList([Carol]), ProtocolJson.Lenient.BlockList);

        await UntilAsync(() => told.Count == 3, "all were told");
        Assert.Equal(["Alice", "bob None", "1 blocked"], told);
        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(200)));

        // From here on only what the server names, and how contacts look, which it does not name.
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Since = "since-4");
        Assert.Equal(new ListContacts("since-3", Limit: ListContacts.MaxLimit, Profiles: true), (await scene.Connection.ExpectAsync("contact.list")).As(ProtocolJson.Lenient.ListContacts));
        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task After_a_head_the_lists_are_read_again_and_once_more_for_all_heads_that_came_meanwhile()
    {
        await using var scene = await Scene.StartAsync();
        var told = ToldBy(scene);

        await PushHeadAsync(scene, 5);
        var first = await scene.Connection.ExpectAsync("user.me");
        for (var head = 6; head < 12; head++) await PushHeadAsync(scene, head);
        await AnswerProfileAsync(scene, first, "Alice");
        var request = await scene.Connection.ExpectAsync("contact.list");
        Assert.Equal("since-1", request.As(ProtocolJson.Lenient.ListContacts).Since);
        await AnswerContactsAsync(scene, request, ContactOf(Bob, ContactState.Accepted, 1));
        var blocks = await scene.Connection.ExpectAsync("block.list");
        await PushHeadAsync(scene, 12);
        await PushHeadAsync(scene, 13);
        await AnswerBlocksAsync(scene, blocks, Carol);

        await AnswerProfileAsync(scene, await scene.Connection.ExpectAsync("user.me"), "Alice B.");
        await AnswerContactsAsync(scene, await scene.Connection.ExpectAsync("contact.list"), ContactOf(Bob, ContactState.None, 2));
        await AnswerBlocksAsync(scene, await scene.Connection.ExpectAsync("block.list"));
        // Invitations had not had their turn when the last heads came.
        await UntilAsync(() => told.Count == 7, "all were told");
        Assert.Equal(["Alice", "bob Accepted", "1 blocked", "invitations", "Alice B.", "bob None", "0 blocked"], told);
        Assert.Empty(await AskedOfPeopleAsync(scene));
    }

    [Fact]
    public async Task What_was_to_be_read_after_a_head_is_read_on_the_next_session_when_the_connection_goes()
    {
        await using var scene = await Scene.StartAsync();
        var told = ToldBy(scene);

        await PushHeadAsync(scene, 5);
        await AnswerProfileAsync(scene, await scene.Connection.ExpectAsync("user.me"), "Alice");
        await scene.Connection.ExpectAsync("contact.list");
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Since = "since-2");

        var request = await scene.Connection.ExpectAsync("contact.list");
        Assert.Equal("since-1", request.As(ProtocolJson.Lenient.ListContacts).Since);
        await AnswerContactsAsync(scene, request, ContactOf(Bob, ContactState.Accepted, 1));
        await AnswerBlocksAsync(scene, await scene.Connection.ExpectAsync("block.list"), Carol);
        await UntilAsync(() => told.Count == 4, "all were told");
        Assert.Equal(["Alice", "bob Accepted", "1 blocked", "invitations"], told);
        Assert.Empty(await AskedOfPeopleAsync(scene));
    }

    [Fact]
    public async Task The_block_list_is_asked_for_once_at_a_time_so_the_newest_is_told_last()
    {
        await using var scene = await Scene.StartAsync();
        var told = ToldBy(scene);

        await PushBlockAsync(scene, Bob);
        var first = await scene.Connection.ExpectAsync("block.list");
        await PushBlockAsync(scene, Carol);
        await PushBlockAsync(scene, new UserId("dave"));
        Assert.Empty(await AskedOfPeopleAsync(scene));
        await AnswerBlocksAsync(scene, first, Bob);
        await AnswerBlocksAsync(scene, await scene.Connection.ExpectAsync("block.list"), Bob, Carol, new UserId("dave"));

        await UntilAsync(() => told.Count == 2, "both were told");
        Assert.Equal(["1 blocked", "3 blocked"], told);
        Assert.Empty(await AskedOfPeopleAsync(scene));
    }

    [Fact]
    public async Task While_contacts_are_read_none_is_told_as_it_was_before_what_was_told_last()
    {
        await using var scene = await Scene.StartAsync();
        var told = ToldBy(scene);
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Lists.Add(UserList.Contacts));

        // The page was read before bob went, and is answered after he was told to be gone.
        var request = await scene.Connection.ExpectAsync("contact.list");
        await PushContactAsync(scene, ContactOf(Bob, ContactState.None, 5));
        var page = new ContactsPage([ContactOf(Bob, ContactState.Accepted, 4), ContactOf(Carol, ContactState.Accepted, 4)], "next");
        await scene.Connection.AnswerAsync(request, page, ProtocolJson.Lenient.ContactsPage);
        // And what the page knows already comes late.
        request = await scene.Connection.ExpectAsync("contact.list");
        await PushContactAsync(scene, ContactOf(Carol, ContactState.Requested, 3));
        await PushContactAsync(scene, ContactOf(Carol, ContactState.None, 6));
        await AnswerContactsAsync(scene, request, ContactOf(new UserId("dave"), ContactState.Incoming, 2));
        await UntilAsync(() => told.Count >= 4, "all were told");
        Assert.Equal(["bob None", "carol Accepted", "carol None", "dave Incoming"], told);
        Assert.Empty(await AskedOfPeopleAsync(scene));

        // When nothing is read they come in order, whatever the clocks of the servers say.
        await PushContactAsync(scene, ContactOf(Carol, ContactState.Requested, 1));
        await UntilAsync(() => told.Count == 5, "she was told");
    }

    [Fact]
    public async Task A_profile_that_changed_while_it_was_read_is_read_again()
    {
        await using var scene = await Scene.StartAsync();
        var told = ToldBy(scene);
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Lists.Add(UserList.Profile));

        var request = await scene.Connection.ExpectAsync("user.me");
        await scene.Connection.PushAsync("user", ProfileOf("new"), ProtocolJson.Lenient.UserProfile);
        await AnswerProfileAsync(scene, request, "old");
        await AnswerContactsAsync(scene, await scene.Connection.ExpectAsync("contact.list"));
        await AnswerProfileAsync(scene, await scene.Connection.ExpectAsync("user.me"), "new");
        await UntilAsync(() => told.Count == 3, "all were told");
        Assert.Equal(["new", "old", "new"], told);
        Assert.Empty(await AskedOfPeopleAsync(scene));
    }

    [Fact]
    [Trait("Row", "B38")]
    public async Task How_contacts_look_is_read_after_a_reconnect_and_after_a_head_as_long_as_somebody_listens()
    {
        await using var scene = await Scene.StartAsync();
        scene.Connection.Cut();
        await scene.ReconnectedAsync();
        Assert.Empty(await AskedOfPeopleAsync(scene));
        var told = ToldBy(scene);

        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Since = "since-2");
        var request = await scene.Connection.ExpectAsync("contact.list");
        Assert.Equal(("since-1", true), (request.As(ProtocolJson.Lenient.ListContacts).Since, request.As(ProtocolJson.Lenient.ListContacts).Profiles));
        var page = new ContactsPage([ContactOf(Bob, ContactState.None, 1)], "more", [ProfileOf("Carol C.", Carol)]);
        await scene.Connection.AnswerAsync(request, page, ProtocolJson.Lenient.ContactsPage);
        request = await scene.Connection.ExpectAsync("contact.list");
        Assert.Equal(new ListContacts("since-1", "more", ListContacts.MaxLimit, Profiles: true), request.As(ProtocolJson.Lenient.ListContacts));
        await scene.Connection.AnswerAsync(request, new ContactsPage([], Profiles: [ProfileOf("Dave D.", new UserId("dave"))]), ProtocolJson.Lenient.ContactsPage);
        await UntilAsync(() => told.Count == 3, "all were told");
        Assert.Equal(["bob None", "Carol C.", "Dave D."], told);

        await PushHeadAsync(scene, 5);
        await AnswerProfileAsync(scene, await scene.Connection.ExpectAsync("user.me"), "Alice");
        request = await scene.Connection.ExpectAsync("contact.list");
        Assert.Equal(("since-2", true), (request.As(ProtocolJson.Lenient.ListContacts).Since, request.As(ProtocolJson.Lenient.ListContacts).Profiles));
        // So long ago that contacts are read whole, how they look is read of all.
        await scene.Connection.RefuseAsync(request, Refusals.Reset);
        request = await scene.Connection.ExpectAsync("contact.list");
        Assert.Equal((null, true), (request.As(ProtocolJson.Lenient.ListContacts).Since, request.As(ProtocolJson.Lenient.ListContacts).Profiles));
    }

    [Fact]
    [Trait("Row", "B38")]
    public async Task How_a_contact_looks_who_was_told_while_contacts_are_read_is_read_again()
    {
        await using var scene = await Scene.StartAsync();
        var told = ToldBy(scene);
        scene.Connection.Cut();
        await scene.ReconnectedAsync();

        var request = await scene.Connection.ExpectAsync("contact.list");
        await scene.Connection.PushAsync("user", ProfileOf("Bob, later", Bob), ProtocolJson.Lenient.UserProfile);
        await UntilAsync(() => told.Count == 1, "he was told");
        await AnswerPageAsync(request, ProfileOf("Bob, before", Bob), ProfileOf("Carol C.", Carol));
        request = await scene.Connection.ExpectAsync("contact.list");
        Assert.Equal("since-1", request.As(ProtocolJson.Lenient.ListContacts).Since);
        await UntilAsync(() => told.Count == 2, "she was told");
        await AnswerPageAsync(request, ProfileOf("Bob, last", Bob));

        await UntilAsync(() => told.Count == 3, "he was told again");
        Assert.Equal(["Bob, later", "Carol C.", "Bob, last"], told);
        Assert.Empty(await AskedOfPeopleAsync(scene));

        Task AnswerPageAsync(ScriptedRequest asked, params UserProfile[] profiles) =>
            scene.Connection.AnswerAsync(asked, new ContactsPage([], Profiles: profiles), ProtocolJson.Lenient.ContactsPage);
    }

    [Fact]
    public async Task When_the_first_session_went_before_its_changes_were_read_to_the_end_all_lists_are_read_on_the_next()
    {
        await using var scene = await Scene.StartAsync(opening => opening.More = true);
        var told = ToldBy(scene);
        await scene.Connection.ExpectAsync("inbox.changes");
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Since = "since-2");
        Assert.Null(scene.Connection.Opened!.As(ProtocolJson.Lenient.OpenSession).Since);

        await AnswerProfileAsync(scene, await scene.Connection.ExpectAsync("user.me"), "Alice");
        var request = await scene.Connection.ExpectAsync("contact.list");
        // From the first session on, so that who is no contact any more is told too.
        Assert.Equal("since-1", request.As(ProtocolJson.Lenient.ListContacts).Since);
        await AnswerContactsAsync(scene, request, ContactOf(Bob, ContactState.None, 1));
        await AnswerBlocksAsync(scene, await scene.Connection.ExpectAsync("block.list"), Carol);
        await UntilAsync(() => told.Count == 4, "all were told");
        Assert.Equal(["Alice", "bob None", "1 blocked", "invitations"], told);
    }

    [Fact]
    public async Task When_the_server_does_not_know_any_more_what_ended_since_contacts_are_read_whole()
    {
        await using var scene = await Scene.StartAsync();
        var told = ToldBy(scene);
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Lists.Add(UserList.Contacts));

        var request = await scene.Connection.ExpectAsync("contact.list");
        Assert.Equal("since-1", request.As(ProtocolJson.Lenient.ListContacts).Since);
        await scene.Connection.RefuseAsync(request, Refusals.Reset);
        request = await scene.Connection.ExpectAsync("contact.list");
        Assert.Null(request.As(ProtocolJson.Lenient.ListContacts).Since);
        await AnswerContactsAsync(scene, request, ContactOf(Bob, ContactState.Accepted, 1));
        await UntilAsync(() => told.Count == 1, "he was told");
        Assert.Equal(["bob Accepted"], told);
        Assert.Empty(await AskedOfPeopleAsync(scene));
    }

    private static ConcurrentQueue<string> ToldBy(Scene scene)
    {
        var told = new ConcurrentQueue<string>();
        scene.Alice.Contacts.Changed += (_, e) => told.Enqueue($"{e.Contact.User} {e.Contact.State}");
        scene.Alice.Blocks.Changed += (_, e) => told.Enqueue($"{e.Users.Count} blocked");
        scene.Alice.Users.ProfileChanged += (_, e) => told.Enqueue($"{e.Profile.DisplayName}");
        scene.Alice.InvitationsChanged += (_, _) => told.Enqueue("invitations");
        return told;
    }

    private static Contact ContactOf(UserId user, ContactState state, int second) =>
        new(user, state, ContactChange.Accepted, new DateTimeOffset(2026, 11, 20, 8, 0, second, TimeSpan.Zero));

    private static UserProfile ProfileOf(string name, UserId? user = null) => new(user ?? Cast.Alice, 1, UserStatus.Active, name);

    private static Task PushHeadAsync(Scene scene, long head) =>
        scene.Connection.PushAsync("head", new HeadMoved(Conversation, new Sequence(head)), ProtocolJson.Lenient.HeadMoved);

    private static Task PushBlockAsync(Scene scene, UserId user) =>
        scene.Connection.PushAsync("block", new BlocksChanged([user], true), ProtocolJson.Lenient.BlocksChanged);

    private static Task PushContactAsync(Scene scene, Contact contact) => scene.Connection.PushAsync("contact", contact, ProtocolJson.Lenient.Contact);

    private static Task AnswerProfileAsync(Scene scene, ScriptedRequest request, string name) =>
        scene.Connection.AnswerAsync(request, new OwnProfile(ProfileOf(name)), ProtocolJson.Lenient.OwnProfile);

    private static Task AnswerContactsAsync(Scene scene, ScriptedRequest request, params Contact[] contacts) =>
        scene.Connection.AnswerAsync(request, new ContactsPage(contacts), ProtocolJson.Lenient.ContactsPage);

    private static Task AnswerBlocksAsync(Scene scene, ScriptedRequest request, params UserId[] users) =>
        scene.Connection.AnswerAsync(request, new BlockList(users), ProtocolJson.Lenient.BlockList);

    private static async Task<IEnumerable<string>> AskedOfPeopleAsync(Scene scene) =>
        from request in await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(200))
        where request.Method is "user.me" or "contact.list" or "block.list"
        select request.Method;
}
