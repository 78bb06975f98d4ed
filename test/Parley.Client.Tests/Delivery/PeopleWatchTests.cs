using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Delivery;

/// <summary>What of the user's own lists is read after a reconnect, and from when on.</summary>
public sealed class PeopleWatchTests
{
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

        // From here on only what the server names.
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Since = "since-4");
        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(200)));
    }
}
