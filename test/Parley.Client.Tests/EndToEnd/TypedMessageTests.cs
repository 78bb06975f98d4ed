using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>Everything that a message can say, of every type and from every home, sent, received and found again by the SDK: under ids of any case.</summary>
public sealed class TypedMessageTests
{
    private const string Sender = "AlicE";
    private const string Reader = "BoB_17";

    public static MatrixTheoryData<Engine, ConversationKind> Everywhere => new(Enum.GetValues<Engine>(), [ConversationKind.Direct, ConversationKind.Group, ConversationKind.Room]);

    [Theory, MemberData(nameof(Everywhere))]
    [Trait("Row", "A03"), Trait("Row", "A04"), Trait("Row", "A05"), Trait("Row", "A06"), Trait("Row", "A19"), Trait("Row", "A20"), Trait("Row", "A30"), Trait("Row", "A31"), Trait("Row", "A33")]
    [Trait("Row", "A48"), Trait("Row", "A53"), Trait("Row", "A55"), Trait("Row", "B41"), Trait("Row", "C8"), Trait("Row", "L10"), Trait("Row", "L11"), Trait("Row", "L24")]
    public async Task Every_type_from_every_home_arrives_whole_and_is_found_by_kind_sender_and_time(Engine engine, ConversationKind kind)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync(Sender), await server.ConnectAsync(Reader));
        var conversation = await MakeAsync(alice, bob, kind);
        using var upload = new Uploads(server);
        using var elsewhere = new Elsewhere();
        var everything = Everything.Of(await upload.AllAsync(), elsewhere.Address);
        var (sent, received) = (new List<LogEntry>(), new ConcurrentQueue<MessageSent>());
        bob.MessageReceived += (_, e) => received.Enqueue(e.Message);
        var begin = (await bob.Messages.SendAsync(conversation, "What have you got?")).At;
        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);

        foreach (var (content, _, _) in everything) sent.Add(await alice.Messages.SendAsync(conversation, content));

        await UntilAsync(() => received.Count == everything.Count, "bob has all of it");
        foreach (var ((_, expected, kinds), message, entry) in everything.Zip(received, sent))
        {
            Assert.Equal((new UserId(Sender), expected), (message.Sender, message.Content));
            Assert.Equal(kinds, message.Content.Parts.Select(part => part.Kind));
            Assert.Equal((expected, ((MessageSent)entry.Event).Message), (((MessageSent)entry.Event).Content, message.Message));
        }

        // What is typed is read as what it is, and as nothing else.
        var parts = received.SelectMany(message => message.Content.Parts).ToArray();
        Assert.Equal([Everything.Place], parts.Select(part => part.AsLocation()).OfType<Location>());
        Assert.Equal([Everything.Cat], parts.Select(part => part.AsSticker()).OfType<Sticker>());
        Assert.Equal([Everything.Ring], parts.Select(part => part.AsCommand()).OfType<AppCommand>());
        var custom = Assert.Single(parts.Select(part => part.AsCustom()).OfType<CustomEvent>());
        Assert.Equal((Everything.Card.Event, "3", ""), (custom.Event, custom.Values!["count"], custom.Values["empty"]));

        await server.StopAsync();
        await server.StartAgainAsync();
        var whole = (await bob.Conversations.ReadEntriesAsync(new ReadEntries(conversation, From: sent[0].Sequence, To: sent[^1].Sequence))).Entries;
        Assert.Equal(everything.Select(one => one.Expected), Contents(whole));
        foreach (var wanted in Enum.GetValues<ContentKind>().Where(one => one != ContentKind.Unknown))
        {
            var matching = everything.Where(one => one.Kinds.Contains(wanted)).Select(one => one.Expected).ToArray();
            Assert.NotEmpty(matching);
            Assert.Equal(matching, await ListAsync(new ListMessages(conversation, Sender: new UserId(Sender), Kinds: [wanted], Limit: 2)));
        }

        Assert.Equal(everything.Select(one => one.Expected), await ListAsync(new ListMessages(conversation, Sender: new UserId(Sender))));
        Assert.Equal([MessageContent.OfText("What have you got?")], await ListAsync(new ListMessages(conversation, Sender: new UserId(Reader))));
        Assert.Empty(await ListAsync(new ListMessages(conversation, Sender: new UserId(Sender.ToLowerInvariant()))));
        Assert.Equal(everything.Select(one => one.Expected), await ListAsync(new ListMessages(conversation, Since: sent[0].At)));
        Assert.Single(await ListAsync(new ListMessages(conversation, Until: begin.AddMilliseconds(1))));
        Assert.Equal(sent[0].Sequence, await bob.Conversations.FindAsync(conversation, begin.AddMilliseconds(1)));
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.Equal(0, elsewhere.Asked);

        async Task<List<MessageContent>> ListAsync(ListMessages which)
        {
            var found = new List<LogEntry>();
            await foreach (var entry in bob.Messages.ListAsync(which)) found.Insert(0, entry);
            return [.. Contents(found)];
        }
    }

    [Fact]
    [Trait("Row", "A03")]
    public void What_builds_a_part_says_all_that_it_is_given()
    {
        var file = new ContentUploaded(ContentId.New(), 5, "video/mp4", "the-hash", "a.mp4", 320, 200);
        var film = new MessagePart("video/mp4") { Content = file.Content, Size = 5, Hash = "the-hash", Name = "a.mp4", Width = 320, Height = 200 };

        Assert.Equal(new MessagePart("text/plain", "hi"), MessagePart.OfText("hi"));
        Assert.Equal(film, MessagePart.Of(file));
        Assert.Equal(film with { DurationMs = 90_000 }, MessagePart.Of(file, durationMs: 90_000));
        Assert.Equal(new MessagePart("application/pdf") { Content = file.Content, Name = "plan.pdf" }, MessagePart.OfContent("application/pdf", file.Content, "plan.pdf"));
        Assert.Equal(new MessagePart("image/png") { Url = "https://example.org/a.png", Name = "a.png" }, MessagePart.OfUrl("image/png", new Uri("https://example.org/a.png"), "a.png"));
        Assert.Equal(new MessageContent([film]), MessageContent.Of(file, ""));
        Assert.Equal(new MessageContent([film, MessagePart.OfText("look")]), MessageContent.Of(file, "look"));
        Assert.Equal(new MessageContent([new MessagePart("text/plain", "hi")]), MessageContent.OfText("hi"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "A01"), Trait("Row", "A20"), Trait("Row", "A46"), Trait("Row", "A48"), Trait("Row", "B04"), Trait("Row", "C9")]
    public async Task Who_was_written_to_has_the_conversation_in_his_list_whatever_case_his_id_has(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        // All that an id may be made of, and the same in other case, which is somebody else.
        string[] names = [Reader, Reader.ToLowerInvariant(), "auth0|1234", "x!$&()*+,-.:;=@[]^_`{|}~", new string('M', UserId.MaxLength)];
        var alice = await server.ConnectAsync(Sender);
        var clients = new List<ParleyClient>();
        foreach (var name in names) clients.Add(await server.ConnectAsync(name));
        Assert.Empty((await clients[0].Inbox.ListAsync()).Conversations);

        foreach (var (client, name) in clients.Zip(names).Where((_, index) => index != 1))
        {
            var direct = (await alice.Conversations.DirectAsync(new UserId(name))).Conversation;
            var (badges, read) = (new ConcurrentQueue<MessageId>(), new ConcurrentQueue<MessageId>());
            client.MessageReceived += (_, e) => badges.Enqueue(e.Message.Message);
            alice.MessageRead += (_, e) => read.Enqueue(e.Message);
            var text = ((MessageSent)(await alice.Messages.SendAsync(direct, "hi")).Event).Message;
            // Not shown and not counted, and not what the list shows; but received.
            await alice.Messages.SendAsync(direct, new MessageContent([MessagePart.Of(Everything.Ring)]));

            await UntilAsync(() => badges.Count == 2, "both came without asking");
            var item = Assert.Single((await client.Inbox.ListAsync()).Conversations);
            Assert.Equal((direct, new UserId(Sender), 1, text), (item.Conversation, item.Peer, item.Unread, ((MessageSent)item.LastMessage!.Event).Message));
            var own = (await alice.Inbox.ListAsync()).Conversations.Single(one => one.Conversation == direct);
            Assert.Equal((new UserId(name), 0), (own.Peer, own.Unread));
            Assert.Equal(3, (await client.Conversations.ReadEntriesAsync(new ReadEntries(direct))).Entries.Count);
            await client.Receipts.MarkReadAsync(direct, [text]);
            await UntilAsync(() => read.Contains(text), "alice hears that it was read");
            await alice.Messages.RecallAsync(direct, text);
            Assert.Equal(0, (await client.Inbox.CountUnreadAsync()).Unread);
            Assert.True(((MessageSent)(await client.Conversations.ReadEntriesAsync(new ReadEntries(direct))).Entries[1].Event).Recalled);
        }

        Assert.Empty((await clients[1].Inbox.ListAsync()).Conversations);
        Assert.Equal(4, (await alice.Inbox.ListAsync()).Conversations.Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A20"), Trait("Row", "A30"), Trait("Row", "A31"), Trait("Row", "A53"), Trait("Row", "B41"), Trait("Row", "C8"), Trait("Row", "L10"), Trait("Row", "L11")]
    public async Task What_has_not_the_form_of_its_type_is_refused_everywhere_and_recorded_nowhere(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync(Sender), await server.ConnectAsync(Reader));
        var conversations = new List<ConversationId>();
        foreach (var kind in new[] { ConversationKind.Direct, ConversationKind.Group, ConversationKind.Room }) conversations.Add(await MakeAsync(alice, bob, kind));
        var heard = new ConcurrentQueue<MessageSent>();
        bob.MessageReceived += (_, e) => heard.Enqueue(e.Message);
        MessagePart[] wrong =
        [
            new(MessagePart.CommandType, "{}"), new(MessagePart.CustomType, """{"event":"e","values":{"count":3}}"""), new(MessagePart.CustomType, """{"values":{"a":"b"}}"""),
            new(MessagePart.StickerType, """{"pack":"cats"}"""), new(MessagePart.LocationType, """{"latitude":91,"longitude":0}"""), new(MessagePart.LocationType, """{"latitude":1}"""),
            new("noslash", "x"), new("application/vnd.parley.unknown+json", "{}"), new("image/png") { Url = "ftp://example.org/a.png" },
            MessagePart.OfUrl("audio/mpeg", new Uri("https://example.org/a.mp3")) with { DurationMs = -1 },
        ];

        foreach (var conversation in conversations)
        {
            foreach (var part in wrong)
            {
                var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => alice.Messages.SendAsync(conversation, new MessageContent([MessagePart.OfText("See"), part])));
                Assert.Equal((Refusals.InvalidParams, FailureReason.Refused), (refused.Refusal, refused.Reason));
                Assert.StartsWith("$.content.parts[1]", refused.Refusal.Detail, StringComparison.Ordinal);
            }

            await alice.Messages.SendAsync(conversation, "that was all");
        }

        await UntilAsync(() => heard.Count == conversations.Count, "bob has the last ones");
        Assert.All(heard, message => Assert.Equal("that was all", message.Content.PlainText()));
        foreach (var conversation in conversations) Assert.Single((await bob.Conversations.ReadEntriesAsync(new ReadEntries(conversation))).Entries, entry => entry.Event is MessageSent);
    }

    private static async Task<ConversationId> MakeAsync(ParleyClient alice, ParleyClient bob, ConversationKind kind)
    {
        if (kind == ConversationKind.Direct) return (await alice.Conversations.DirectAsync(new UserId(Reader))).Conversation;
        if (kind == ConversationKind.Group) return (await alice.Conversations.CreateGroupAsync([new UserId(Reader), new UserId(Reader.ToLowerInvariant())])).Conversation;
        var room = (await alice.Conversations.CreateRoomAsync()).Conversation;
        await bob.Conversations.JoinRoomAsync(room);
        return room;
    }

    private static IEnumerable<MessageContent> Contents(IEnumerable<LogEntry> entries) => entries.Select(entry => ((MessageSent)entry.Event).Content);

    /// <summary>Files that are uploaded as a program without the SDK does.</summary>
    private sealed class Uploads(RunningServer server) : IDisposable
    {
        private readonly HttpClient _http = new();

        /// <summary>A picture, a sound, a film and a document.</summary>
        public async Task<IReadOnlyList<ContentUploaded>> AllAsync() =>
        [
            await PutAsync([.. "GIF89a"u8, 4, 0, 5, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2C, 0, 0, 0, 0, 4, 0, 5, 0, 0, 2, 2, 0x4C, 1, 0, 0x3B], "image/gif", "a.gif"),
            await PutAsync([.. "ID3\x04"u8, 1, 2, 3], "audio/mpeg", "a.mp3"),
            await PutAsync([.. "\0\0\0\u0018ftypmp42"u8, .. new byte[12]], "video/mp4", "a.mp4"),
            await PutAsync([.. "%PDF-1.7\n"u8, .. new byte[3_000]], "application/pdf", "a.pdf"),
        ];

        private async Task<ContentUploaded> PutAsync(byte[] bytes, string type, string name)
        {
            var address = new UriBuilder(server.Address) { Scheme = "http", Path = "/v1/content", Query = $"name={name}" }.Uri;
            using var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = new ByteArrayContent(bytes) };
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {RunningServer.TokenOf(Sender)}");
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
            return System.Text.Json.JsonSerializer.Deserialize(text, ProtocolJson.Lenient.ContentUploaded)!;
        }

        public void Dispose() => _http.Dispose();
    }

    /// <summary>Where an app keeps its own files. The server has no business there.</summary>
    private sealed class Elsewhere : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Elsewhere() => _listener.Start();

        public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/files/");

        /// <summary>How many connections came.</summary>
        public int Asked => _listener.Pending() ? 1 : 0;

        public void Dispose() => _listener.Dispose();
    }
}
