using System.Text;
using System.Text.Json;
using Parley.Gateway;
using Parley.Moderation;
using Parley.Tests.Content;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;
using Parley.Tests.Moderation;

namespace Parley.Tests.Messages;

/// <summary>After a recall every way out of the server is walked, over every way in: nowhere is what the message said, nor what its file is called, nor what it was to become.</summary>
public sealed class RecallCrawlTests
{
    private const string Marker = "xyzzy-0451";

    [Theory, EveryEngine, Trait("Row", "G16"), Trait("Row", "V26"), Trait("Row", "A37")]
    public async Task After_a_recall_no_way_out_has_what_was_said(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await RunningServer.StartAsync(engine, [interceptor], ("Apps:demo:Messages:KeepVersions", "true"));
        using var crawl = await Crawl.StartAsync(server, interceptor);

        var before = await crawl.FindAsync();
        var recalled = await crawl.RecallAsync();
        var after = await crawl.FindAsync();

        // It looks where there is something to be found.
        Assert.Equal(
            [
                "HTTP GET", Methods.GetContent, Methods.ReadEntries, Methods.SyncConversations, Methods.ListInbox, Methods.CancelMessage, Methods.EditMessage, Methods.ListMessages,
                Methods.SendMessage, Methods.ListVersions, Methods.ListHeld, Methods.GetModeratedMessage,
            ],
            before.Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Marker, recalled, StringComparison.Ordinal);
        Assert.Empty(after);
    }

    [Theory, EveryEngine]
    public async Task Every_method_that_reads_is_walked(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await RunningServer.StartAsync(engine, [interceptor], ("Apps:demo:Messages:KeepVersions", "true"));
        using var crawl = await Crawl.StartAsync(server, interceptor);

        Assert.Equal([], server.Node.Gateway.Router.Rows.Where(row => row.IsRead && !IsSignal(row)).Select(row => row.Name)
            .Except(crawl.ReadsOf("alice").Concat(crawl.OfKey).Select(one => one.Method)));

        static bool IsSignal(HandledCommand row) => row.GetType().GetGenericTypeDefinition() == typeof(SignalCommand<>);
    }

    /// <summary>A message that says the marker wherever a message says anything, and all that is asked about it.</summary>
    private sealed class Crawl : IDisposable
    {
        private static readonly Guid Group = Guid.NewGuid();
        private static readonly Guid Other = Guid.NewGuid();

        private readonly RunningServer _server;
        private readonly (Guid Message, Guid Edit, Guid HeldEdit, Guid HeldForward) _ids = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        private readonly UploadClient _files;
        private readonly Dictionary<string, string> _since = [];
        private ContentId _file;
        private string _address = "";

        private Crawl(RunningServer server) => (_server, _files) = (server, UploadClient.Of(server, "bob"));

        private string Sent =>
            $$$"""
            {"conversation":"{{{Group}}}","message":"{{{_ids.Message}}}","content":{
                "parts":[{"type":"text/plain","body":"{{{Marker}}} first"},{"type":"x/y","content":"{{{_file}}}","name":"{{{Marker}}}.bin"}],
                "ext":{"k":"{{{Marker}}} ext"},"mentions":{"users":["bob"]}},
             "notification":{"title":"{{{Marker}}} title","text":"{{{Marker}}} push","recipients":{"bob":{"text":"{{{Marker}}} for bob"} } } }
            """;

        private string Edited => Edit(_ids.Edit, "second");

        /// <summary>What its participants read.</summary>
        public IEnumerable<(string Method, string Params)> ReadsOf(string user) =>
        [
            (Methods.GetConversation, $$"""{"conversation":"{{Group}}"}"""),
            (Methods.GetConversations, $$"""{"conversations":["{{Group}}","{{Other}}"]}"""),
            (Methods.GetAttributes, $$"""{"conversation":"{{Group}}"}"""),
            (Methods.ListParticipants, $$"""{"conversation":"{{Group}}"}"""),
            (Methods.ListPublic, "{}"),
            (Methods.ListInvitations, "{}"),
            (Methods.ReadEntries, $$"""{"conversation":"{{Group}}"}"""),
            (Methods.ReadEntries, $$"""{"conversation":"{{Group}}","from":2,"to":2}"""),
            (Methods.ReadEntries, $$"""{"conversation":"{{Other}}","after":0}"""),
            (Methods.GetReceipts, $$"""{"conversation":"{{Group}}","message":"{{_ids.Message}}"}"""),
            (Methods.ListMessages, $$"""{"conversation":"{{Group}}"}"""),
            (Methods.ListMessages, $$"""{"conversation":"{{Group}}","kinds":["file"],"sender":"alice"}"""),
            (Methods.ListVersions, $$"""{"conversation":"{{Group}}","message":"{{_ids.Message}}"}"""),
            (Methods.FindEntry, $$"""{"conversation":"{{Group}}","at":"2020-01-01T00:00:00.000Z"}"""),
            (Methods.SyncConversations, $$"""{"epoch":"{{_server.Node.Installation.Epoch}}","positions":[{"conversation":"{{Group}}","after":0},{"conversation":"{{Other}}","after":0}]}"""),
            (Methods.ReadChanges, $$"""{"since":"{{_since[user]}}"}"""),
            (Methods.ListInbox, "{}"),
            (Methods.CountUnread, "{}"),
            (Methods.GetContent, $$"""{"content":"{{_file}}"}"""),
            (Methods.GetContentUrl, $$"""{"content":"{{_file}}","conversation":"{{Group}}","message":"{{_ids.Message}}"}"""),
            (Methods.GetPresence, """{"users":["alice","bob"]}"""),
            (Methods.GetUsers, """{"users":["alice","bob"]}"""),
            (Methods.FindUser, """{"user":"alice"}"""),
            (Methods.GetOwnProfile, "{}"),
            (Methods.ListDevices, "{}"),
            (Methods.ListContacts, "{}"),
            (Methods.ListBlocks, "{}"),
        ];

        /// <summary>What the backend reads, over its key.</summary>
        public IEnumerable<(string Method, string Params)> OfKey =>
        [
            (Methods.GetApp, "{}"),
            (Methods.ListUsers, "{}"),
            (Methods.ListWordLists, "{}"),
            (Methods.GetWordList, """{"name":"none"}"""),
            (Methods.ListReports, "{}"),
            (Methods.GetModeratedMessage, $$"""{"conversation":"{{Group}}","message":"{{_ids.Message}}"}"""),
            (Methods.ListHeld, "{}"),
        ];

        /// <summary>What is no read, and answers an entry all the same: each was asked before, and changes nothing.</summary>
        private IEnumerable<(string User, string Method, string Params)> Again =>
        [
            ("alice", Methods.SendMessage, Sent),
            ("alice", Methods.EditMessage, Edited),
            ("alice", Methods.EditMessage, Edit(_ids.HeldEdit, "held")),
            ("alice", Methods.CancelMessage, $$"""{"conversation":"{{Group}}","message":"{{_ids.Message}}"}"""),
            ("bob", Methods.ForwardMessage, Forward),
            ("bob", Methods.ReportMessage, $$"""{"conversation":"{{Group}}","message":"{{_ids.Message}}","reason":"spam"}"""),
            ("bob", Methods.MarkRead, $$"""{"conversation":"{{Group}}","messages":["{{_ids.Message}}"]}"""),
        ];

        private string Forward => $$"""{"conversation":"{{Other}}","message":"{{_ids.HeldForward}}","from":"{{Group}}","original":"{{_ids.Message}}"}""";

        public static async Task<Crawl> StartAsync(RunningServer server, ToldInterceptor interceptor)
        {
            var crawl = new Crawl(server);
            interceptor.Say($"{Marker} held", MessageVerdict.Hold("dubious"));
            using (var uploads = UploadClient.Of(server, "alice")) crawl._file = (await uploads.UploadAsync(Encoding.UTF8.GetBytes($"{Marker} bytes"), name: $"{Marker}.txt")).Content;
            using var alice = await server.ConnectAsync("alice");
            using var bob = await server.ConnectAsync("bob");
            foreach (var user in new[] { "alice", "bob" })
            {
                using var device = await server.ConnectAsync();
                crawl._since[user] = (await OpenAsync(device, user, "")).GetProperty("changes").GetProperty("since").GetString()!;
            }

            await DoneAsync(alice.AskAsync(Methods.CreateConversation, Talk.Group(Group, "bob")));
            await DoneAsync(alice.AskAsync(Methods.CreateConversation, Talk.Group(Other, "bob")));
            await DoneAsync(alice.AskAsync(Methods.SendMessage, crawl.Sent));
            await DoneAsync(alice.AskAsync(Methods.EditMessage, crawl.Edited));
            Assert.Equal("held", Talk.CodeOf(await alice.AskAsync(Methods.EditMessage, crawl.Edit(crawl._ids.HeldEdit, "held"))));
            interceptor.Say($"{Marker} second", MessageVerdict.Hold("dubious there"));
            Assert.Equal("held", Talk.CodeOf(await bob.AskAsync(Methods.ForwardMessage, crawl.Forward)));
            crawl._address = await crawl._files.UrlAsync(crawl._file, Group, crawl._ids.Message);
            return crawl;
        }

        /// <summary>Takes the message back; what is answered.</summary>
        public async Task<string> RecallAsync()
        {
            using var alice = await _server.ConnectAsync("alice", device: "watch");
            return (await DoneAsync(alice.AskAsync(Methods.RecallMessage, $$"""{"conversation":"{{Group}}","commandId":"{{Guid.NewGuid()}}","message":"{{_ids.Message}}"}"""))).GetRawText();
        }

        /// <summary>Which ways out have the marker.</summary>
        public async Task<List<string>> FindAsync()
        {
            var found = new List<string>();
            foreach (var way in Enum.GetValues<Way>())
            {
                foreach (var user in new[] { "alice", "bob" })
                {
                    using var talker = await _server.TalkAsync(way, user);
                    foreach (var (method, parameters) in ReadsOf(user)) Look(method, (await talker.AskAsync(method, parameters)).GetRawText());
                    foreach (var (_, method, parameters) in Again.Where(one => one.User == user)) Look(method, (await talker.AskAsync(method, parameters)).GetRawText());
                }
            }

            using (var key = HttpTalker.WithKey(_server.Address, RunningServer.KeyOf("demo")))
            {
                foreach (var (method, parameters) in OfKey) Look(method, (await key.AskAsync(method, parameters)).GetRawText());
            }

            foreach (var user in new[] { "alice", "bob" })
            {
                // A device that was away.
                using var device = await _server.ConnectAsync();
                Look(Methods.OpenSession, (await OpenAsync(device, user, $$""","epoch":"{{_server.Node.Installation.Epoch}}","since":"{{_since[user]}}" """)).GetRawText());
                foreach (var pushed in await device.PushedAsync()) Look(Methods.OpenSession, pushed.GetRawText());
            }

            using var fetched = await _files.FetchAsync(_address);
            Look("HTTP GET", $"{fetched.Headers} {fetched.Content.Headers} {await fetched.Content.ReadAsStringAsync()}");
            return found;

            void Look(string method, string answer)
            {
                if (answer.Contains(Marker, StringComparison.Ordinal)) found.Add(method);
            }
        }

        public void Dispose() => _files.Dispose();

        private static async Task<JsonElement> OpenAsync(RawClient device, string user, string more) =>
            (await DoneAsync(device.AskAsync(Methods.OpenSession, $$"""{"token":"{{RunningServer.TokenOf(user)}}","device":"{{Guid.NewGuid():N}}"{{more}} }"""))).GetProperty("result");

        private string Edit(Guid command, string text) =>
            $$$"""
            {"conversation":"{{{Group}}}","commandId":"{{{command}}}","message":"{{{_ids.Message}}}","content":{
                "parts":[{"type":"text/plain","body":"{{{Marker}}} {{{text}}}"},{"type":"x/y","content":"{{{_file}}}","name":"{{{Marker}}}.bin"}],"ext":{"k":"{{{Marker}}} ext"} } }
            """;

        private static async Task<JsonElement> DoneAsync(Task<JsonElement> asking)
        {
            var answer = await asking;
            Assert.Null(Talk.CodeOf(answer));
            return answer;
        }
    }
}
