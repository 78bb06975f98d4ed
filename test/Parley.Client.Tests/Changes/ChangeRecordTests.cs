using System.Reflection;
using System.Text;
using System.Text.Json;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Changes;

/// <summary>What stands in the store: of this version, of the one before, of a later one; and which changes do.</summary>
public sealed class ChangeRecordTests
{
    private static readonly ConversationId Lunch = new(Guid.Parse("0198f2c0-0000-7000-8000-00000000000a"));
    private static readonly MessageId Hello = new(Guid.Parse("0198f2c0-0000-7000-8000-00000000000b"));

    /// <summary>As the version wrote it that kept messages only (decision 0028).</summary>
    private const string Before =
        """{"at":1764489600000,"left":true,"send":{"conversation":"0198f2c0-0000-7000-8000-00000000000a","message":"0198f2c0-0000-7000-8000-00000000000b","content":{"parts":[{"type":"text/plain","body":"hello"}]},"priority":"low"}}""";

    [Fact]
    [Trait("Row", "S27")]
    public async Task A_store_of_the_version_that_kept_messages_only_opens_and_its_messages_are_sent()
    {
        var store = await StoreAsync(Before);
        var records = new OutboxRecords(store);

        var kept = Assert.Single((await records.OpenAsync(null, DeviceId.New(), DateTimeOffset.UnixEpoch)).Items);

        var message = Assert.IsType<OutgoingMessage>(kept.Item);
        Assert.Equal((Lunch, Hello, "hello", MessagePriority.Low), (message.Conversation, message.Message, message.Request.Content.PlainText(), message.Priority));
        Assert.Equal((7L, LeavesDevice.Perhaps, DateTimeOffset.FromUnixTimeMilliseconds(1764489600000)), (message.Order, kept.Left, message.At));
        Assert.Empty(message.Files);
        // And what this version writes of a message without files that one reads.
        await records.PutAsync(message, LeavesDevice.Perhaps);
        Assert.Equal(Before, await BytesAsync(store));
    }

    [Fact]
    public async Task Every_change_comes_back_from_the_store_as_it_was_put_there()
    {
        foreach (var change in Everything())
        {
            var store = await StoreAsync();
            await new OutboxRecords(store).PutAsync(new OutgoingChange(change, TimeSpan.Zero) { Order = 7, At = DateTimeOffset.UnixEpoch }, LeavesDevice.No);

            var kept = Assert.Single((await new OutboxRecords(store).OpenAsync(null, DeviceId.New(), DateTimeOffset.UnixEpoch)).Items);

            var again = Assert.IsType<OutgoingChange>(kept.Item).Change;
            Assert.Equal((change.Method, change.Conversation, change.Request.GetType()), (again.Method, again.Conversation, again.Request.GetType()));
            Assert.Equal(Encoding.UTF8.GetString(change.Json.Span), Encoding.UTF8.GetString(again.Json.Span));
        }
    }

    [Fact]
    public void Every_change_of_a_conversation_goes_with_it_to_an_older_one_but_its_creation()
    {
        var older = ConversationId.New();
        foreach (var change in Everything().Where(change => change.Conversation is not null && change.Request is not CreateConversation))
        {
            var moved = change.Kind.Move(change, older);
            Assert.Equal((older, change.Method), (moved.Conversation!.Value, moved.Method));
            Assert.Equal(Encoding.UTF8.GetString(change.Json.Span).Replace($"{Lunch}", $"{older}", StringComparison.Ordinal), Encoding.UTF8.GetString(moved.Json.Span));
        }
    }

    [Fact]
    public async Task What_a_later_version_left_is_asked_as_it_stands()
    {
        const string Request = """{ "conversation":"0198f2c0-0000-7000-8000-00000000000a",  "wish":["é","\u00e9"], "more":1.50}""";
        await using var server = await ScriptedServer.StartAsync();
        var store = await StoreAsync($$"""{"at":{{TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()}},"left":false,"method":"conversation.dance","new":1,"request":{{Request}} }""");
        await using var alice = ClientOf(server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Store = store });
        var told = new Told(alice);
        var connecting = alice.ConnectAsync();
        var connection = await server.NextSessionAsync();
        await connecting;

        var asked = await connection.ExpectAsync("conversation.dance");
        Assert.Equal(Request, asked.Params.GetRawText());
        await connection.AnswerAsync(asked, """{"danced":true}""");

        await UntilAsync(() => !told.Changes.IsEmpty, "it is told");
        var settled = Assert.Single(told.Changes);
        Assert.Equal(("conversation.dance", Lunch), (settled.Change.Method, settled.Change.Conversation));
        Assert.True(Assert.IsType<JsonElement>(settled.Answer).GetProperty("danced").GetBoolean());
    }

    [Theory]
    [InlineData("""{"at":1,"left":false,"method":"message.edit","request":{"conversation":7}}""")]
    [InlineData("""{"at":1,"left":false}""")]
    [InlineData("""{"at":1,"left":false,"method":"message.edit","request":""")]
    public async Task What_cannot_be_read_is_a_damaged_store_and_not_silence(string record)
    {
        var store = await StoreAsync(record);

        var failure = await Assert.ThrowsAsync<LocalStoreException>(() => new OutboxRecords(store).OpenAsync(null, DeviceId.New(), DateTimeOffset.UnixEpoch));

        Assert.Equal(LocalStoreFailure.Damaged, failure.Failure);
    }

    /// <summary>A method of the wire that changes something is kept, or is named here with its reason.</summary>
    [Fact]
    public void Whatever_changes_something_is_kept_or_said_of_this_moment_only()
    {
        string[] reads =
        [
            Methods.OpenSession, Methods.RenewSession, Methods.ReadChanges, Methods.ListInbox, Methods.ListVersions, Methods.ListMessages, Methods.FindEntry, Methods.GetReceipts, Methods.CountUnread, Methods.GetConversation,
            Methods.GetConversations, Methods.ListParticipants, Methods.ListPublic, Methods.ListInvitations, Methods.GetAttributes, Methods.ReadEntries, Methods.SyncConversations, Methods.GetPresence, Methods.ListPresenceSubscriptions,
            Methods.GetContent, Methods.GetContentUrl, Methods.GetUsers, Methods.FindUser, Methods.GetOwnProfile, Methods.ListDevices, Methods.ListContacts, Methods.ListBlocks,
        ];
        // Messages have their own way; the rest means now: who is in a room, types, can be reached, is signed in; and what "all" is.
        string[] ofThisMoment =
        [
            Methods.SendMessage, Methods.CancelMessage, Methods.SendOnline, Methods.JoinRoom, Methods.LeaveRoom, Methods.SetPresence, Methods.SetDevicePresence, Methods.SubscribePresence, Methods.UnsubscribePresence, Methods.SetTyping,
            Methods.EndDevice, Methods.ReadAll,
        ];
        var used = typeof(Wire).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)!).Select(method => (string)method.GetType().GetProperty("Name")!.GetValue(method)!);

        Assert.Equal(used.Except(reads).Except(ofThisMoment).Order(), ChangeKinds.All.Select(kind => kind.Method).Order());
    }

    [Fact]
    public void Every_kind_has_a_factory()
    {
        Assert.Equal(ChangeKinds.All.Select(kind => kind.Method).Order(), Everything().Select(change => change.Method).Distinct().Order());
    }

    private static Change[] Everything() =>
    [
        Change.Edit(Lunch, Hello, MessageContent.OfText("\"é\u2028\"")), Change.Recall(Lunch, Hello), Change.Forward(Lunch, ConversationId.New(), Hello), Change.Remove(Lunch, [Hello]), Change.RemoveUpTo(Lunch, new Sequence(3)),
        Change.Report(Lunch, Hello, ReportReason.Spam, "again"), Change.SendTo([new MessageRecipient(Bob)], MessageContent.OfText("all")), Change.MarkRead(Lunch, new Sequence(4)), Change.MarkRead(Lunch, [Hello]),
        Change.MarkDelivered(Lunch, new Sequence(4)), Change.UpdateInbox(new UpdateInbox(Lunch, Pinned: true)), Change.MarkUnread(Lunch, new Sequence(2)), Change.Create(new CreateConversation(Lunch, ConversationKind.Group, [Bob], "lunch")),
        Change.Update(new UpdateConversation(Lunch, CommandId.New(), Title: "supper")), Change.Delete(Lunch), Change.SetAttributes(Lunch, new Dictionary<string, string> { ["where"] = "there" }), Change.AddParticipants(Lunch, [Carol]),
        Change.RemoveParticipants(Lunch, [Carol]), Change.Leave(Lunch), Change.SetPermissions(Lunch, [new ParticipantPermissions(Bob, PermissionPresets.Admin)]), Change.Mute(Lunch, [Bob]), Change.Unmute(Lunch, [Bob]), Change.Ban(Lunch, [Bob]),
        Change.Unban(Lunch, [Bob]), Change.Allow(Lunch, [Bob]), Change.Disallow(Lunch, [Bob]), Change.Join(Lunch, "please"), Change.DeclineInvitation(Lunch), Change.Invite(Lunch, [Carol]), Change.WithdrawInvitations(Lunch, [Carol]),
        Change.ApproveJoins(Lunch, [Carol]), Change.DeclineJoins(Lunch, [Carol]), Change.RequestContact(Bob, "hello"), Change.AcceptContact(Bob), Change.DeclineContact(Bob), Change.RemoveContact(Bob), Change.Block([Bob]), Change.Unblock([Bob]),
        Change.UpdateProfile("Alice", publicData: JsonElement.Parse("""{"a":1}""")),
    ];

    private static async Task<MemoryStore> StoreAsync(string? record = null)
    {
        var store = new MemoryStore();
        await store.OpenAsync();
        if (record is not null) await store.WriteAsync([new LocalChange(new LocalKey("outbox", "", 7), Encoding.UTF8.GetBytes(record))]);
        return store;
    }

    private static async Task<string> BytesAsync(LocalStore store) => Encoding.UTF8.GetString(Assert.Single(await store.ReadAsync(new LocalRange("outbox"))).Value.Span);
}
