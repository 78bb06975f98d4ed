using System.Diagnostics;
using System.Net;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Samples;

/// <summary>The samples do what their first lines say, against a real server.</summary>
public sealed class SampleRunTests
{
    [Fact]
    [Trait("Row", "V03")]
    public async Task The_bot_answers_edits_its_answers_and_is_there_again_after_the_server()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var alice = server.ClientOf("alice");
        await alice.ConnectAsync();
        var conversation = (await alice.Conversations.DirectAsync(new UserId("bot"))).Conversation;
        using var seen = await alice.Conversations.OpenAsync(conversation);
        await using var bot = SampleProgram.Start("ConsoleBot", [], $"{server.Address}", server.TokenOf("bot"));
        await bot.LineAsync("bot listens");

        var asked = (MessageSent)(await alice.Messages.SendAsync(conversation, "!reverse Parley")).Event;
        await SaysAsync("yelraP");
        await alice.Messages.EditAsync(conversation, asked.Message, MessageContent.OfText("!count Parley"));
        await SaysAsync("6");

        await server.KillAsync();
        await bot.LineAsync("Waiting:");
        await server.StartAsync();
        await alice.Messages.SendAsync(conversation, "still there?");
        await UntilAsync(() => Texts().SequenceEqual(["!count Parley", "6", "still there?", "still there?"]), "the bot answers, once, and not itself");
        Assert.Equal(0, await bot.EndAsync());

        Task SaysAsync(string text) => UntilAsync(() => Texts().LastOrDefault() == text, $"the bot says {text}");
        IEnumerable<string> Texts() => seen.Timeline.Items.OfType<TimelineMessage>().Select(message => message.Content!.PlainText());
    }

    [Fact]
    public async Task The_worker_sends_what_is_queued_once_and_says_what_was_refused()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var bob = server.ClientOf("bob");
        var told = new Told(bob);
        await bob.ConnectAsync();
        await using var worker = WorkerOf(server);

        await worker.Input.WriteLineAsync("order-1 bob Your parcel is on its way");
        await worker.LineAsync("order-1 is number");
        // The queue delivers it again.
        await worker.Input.WriteLineAsync("order-1 bob Your parcel is on its way");
        await worker.Input.WriteLineAsync($"order-2 bob {new string('x', MessageContent.MaxCodePoints + 1)}");
        await worker.LineAsync("order-2 was refused");
        await worker.Input.WriteLineAsync("order-3 bob It is there");
        await worker.LineAsync("order-3 is number");

        Assert.Equal(0, await worker.EndAsync());
        await UntilAsync(() => told.Received.Count == 2, "bob has both");
        Assert.Equal(["Your parcel is on its way", "It is there"], told.Received.Select(entry => entry.Text()));
    }

    [Fact]
    public async Task What_the_worker_reads_last_is_sent_before_it_stops()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var bob = server.ClientOf("bob");
        var told = new Told(bob);
        await bob.ConnectAsync();
        await using var worker = WorkerOf(server);

        await worker.Input.WriteLineAsync("order-1 bob Your parcel is on its way");
        await worker.Input.WriteLineAsync("order-2 bob It is there");
        Assert.Equal(0, await worker.EndAsync());

        await UntilAsync(() => told.Received.Count == 2, $"bob has both; the worker said {string.Join('\n', worker.Lines)}");
    }

    [Fact]
    public async Task What_is_queued_still_when_the_worker_is_interrupted_is_said_to_be_lost()
    {
        await using var server = await RealServer.StartNewAsync();
        await server.KillAsync();
        await using var worker = WorkerOf(server);
        foreach (var order in new[] { "order-1", "order-2", "order-3" }) await worker.Input.WriteLineAsync($"{order} bob It is there");
        // What comes before this is in the queue by then.
        await worker.Input.WriteLineAsync("?");
        await worker.LineAsync("Not understood: ?");

        Assert.Equal(0, await worker.InterruptAsync());

        foreach (var order in new[] { "order-1", "order-2", "order-3" }) await worker.LineAsync($"{order} was not sent");
    }

    [Fact]
    public async Task The_worker_stops_at_once_when_it_is_interrupted_though_nobody_types()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var worker = WorkerOf(server);
        await worker.LineAsync("Application started");

        Assert.Equal(0, await worker.InterruptAsync());
    }

    [Fact]
    public async Task A_setting_of_the_worker_that_is_none_stops_it_at_its_start()
    {
        await using var worker = SampleProgram.Start("WorkerService", [("Chat__Endpont", "http://localhost:9"), ("Token", "token")]);

        await worker.LineAsync("Chat:Endpont is no option");
        Assert.NotEqual(0, await worker.EndAsync());
    }

    [Fact]
    public async Task The_shop_signs_people_in_and_gives_them_tokens_for_the_chat_beside_it()
    {
        var folder = Directory.CreateTempSubdirectory("parley-shop-");
        await using (var shop = SampleProgram.Start(
            "EmbeddedServer",
            [
                ("Parley__Apps__shop__Keys__0__Secret", "a secret of the tests, 32 bytes or more"), ("Shop__People__alice", "in the garden"), ("Parley__Storage__DataDirectory", folder.FullName),
                ("Parley__Storage__BallastBytes", "0"), ("ASPNETCORE_URLS", "http://127.0.0.1:0"),
            ]))
        {
            var address = new Uri((await shop.LineAsync("Now listening on: ")).Split("Now listening on: ")[1]);
            using var browser = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = address };
            Assert.Contains("Sign in", await browser.GetStringAsync("/"), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/chat/token")).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await SignInAsync("alice", "guessed")).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await SignInAsync("bob", "")).StatusCode);

            Assert.Contains("Good day, alice", await (await SignInAsync("alice", "in the garden")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await using var alice = new ParleyClient(new ParleyClientOptions { Endpoint = address, TokenProvider = async cancel => await browser.GetStringAsync("/chat/token", cancel) });
            await alice.ConnectAsync();
            Assert.Equal((Alice, "shop"), (alice.Session!.User, alice.Session.App));
            Assert.Equal(1, (await alice.Conversations.NotesAsync()).Head.Value);

            Task<HttpResponseMessage> SignInAsync(string name, string password) =>
                browser.PostAsync("/login", new FormUrlEncodedContent([new("name", name), new("password", password)]));
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_client_that_is_trimmed_to_one_file_talks()
    {
        var folder = Directory.CreateTempSubdirectory("parley-trimmed-");
        using (var publish = Process.Start(new ProcessStartInfo("dotnet", ["publish", Checkout.PathOf("samples/TrimmedClient"), "-c", "Release", "-r", "linux-x64", "-v", "q", "-nologo", "-nodeReuse:false", "-o", folder.FullName])
        {
            UseShellExecute = false, RedirectStandardOutput = true,
        })!)
        {
            var said = await publish.StandardOutput.ReadToEndAsync();
            await publish.WaitForExitAsync();
            Assert.True(publish.ExitCode == 0 && !said.Contains("warning", StringComparison.Ordinal), said);
        }

        var program = Path.Combine(folder.FullName, "TrimmedClient");
        Assert.InRange(new FileInfo(program).Length, 1_000_000, 25_000_000);
        await using var server = await RealServer.StartNewAsync();
        await using var bob = server.ClientOf("bob");
        await bob.ConnectAsync();
        // Without .NET: nothing of it is found where it is told to look.
        await using (var alice = SampleProgram.StartFile(program, folder.FullName, [("DOTNET_ROOT", folder.FullName)], $"{server.Address}", server.TokenOf("alice"), "bob", "Hello, Bob!"))
        {
            await foreach (var entry in bob.Messages.ReceiveAsync())
            {
                Assert.Equal("Hello, Bob!", entry.Text());
                await bob.Messages.SendAsync(entry.Conversation, "Hello, Alice!");
                break;
            }

            await alice.LineAsync("bob: Hello, Alice!");
            Assert.Equal(0, await alice.EndAsync());
        }

        folder.Delete(recursive: true);
    }

    private static SampleProgram WorkerOf(RealServer server) =>
        SampleProgram.Start("WorkerService", [("Chat__Endpoint", $"{server.Address}"), ("Token", server.TokenOf("shop"))]);
}
