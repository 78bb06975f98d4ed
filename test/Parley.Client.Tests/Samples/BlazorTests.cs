using System.Text.Json.Nodes;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Samples;

/// <summary>samples/BlazorServer in a real browser.</summary>
public sealed class BlazorTests
{
    [Fact]
    public async Task A_page_shows_a_conversation_sends_to_it_and_ends_its_client_with_its_circuit()
    {
        if (!Browser.IsThere) Assert.Skip("No Chromium: ./test.sh installs it on Debian.");
        await using var server = await RealServer.StartNewAsync();
        await using var bob = server.ClientOf("bob");
        await bob.ConnectAsync();
        var conversation = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await bob.Messages.SendAsync(conversation, "<b>Hello</b>, Alice!");
        await using var sample = SampleProgram.Start(
            "BlazorServer", [("Chat__Endpoint", $"{server.Address}"), ("Secret", Secret(server)), ("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("ASPNETCORE_ENVIRONMENT", "Development")]);
        var address = (await sample.LineAsync("Now listening on: ")).Split("Now listening on: ")[1];

        await using (var page = await Browser.OpenAsync(new Uri($"{address}/chat/alice/bob")))
        {
            await page.UntilAsync("document.querySelector('#state')?.textContent", "Open");
            await page.UntilAsync(Messages, "bob: <b>Hello</b>, Alice!");

            await page.EvaluateAsync("(()=>{const text=document.querySelector('#text');text.value='Hello, Bob!';text.dispatchEvent(new Event('change',{bubbles:true}));document.querySelector('#send').click()})()");
            await page.UntilAsync(Messages, "bob: <b>Hello</b>, Alice!|alice: Hello, Bob!");
            var log = (await bob.Conversations.ReadEntriesAsync(new ReadEntries(conversation))).Entries;
            Assert.Equal(["<b>Hello</b>, Alice!", "Hello, Bob!"], log.Where(entry => entry.Event is MessageSent).Select(entry => entry.Text()));

            await bob.Messages.SendAsync(conversation, "There you are");
            await page.UntilAsync(Messages, "bob: <b>Hello</b>, Alice!|alice: Hello, Bob!|bob: There you are");
            Assert.Equal(PresenceStatus.Online, Assert.Single(await bob.Presence.GetAsync([Alice])).Status);
            await page.EvaluateAsync("location.href='about:blank'");
            await OfflineAsync(bob);
        }
    }

    private const string Messages = "[...document.querySelectorAll('#messages li')].map(one=>one.textContent).join('|')";

    /// <summary>The circuit ends with its page, and the client with the circuit: she is nowhere any more.</summary>
    private static async Task OfflineAsync(ParleyClient bob)
    {
        for (var times = 0; times < 100; times++)
        {
            if ((await bob.Presence.GetAsync([Alice]))[0].Status == PresenceStatus.Offline) return;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Assert.Fail("Alice's client lives on without her page.");
    }

    /// <summary>That of the demo app, as the server made it.</summary>
    private static string Secret(RealServer server) => File.ReadAllText(Parley.Commands.DemoApp.FileIn(server.Folder)).Trim();
}
