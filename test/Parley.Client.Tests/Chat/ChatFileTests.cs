using System.Diagnostics;
using System.Text.RegularExpressions;
using Parley.Chat;
using Parley.Client.Tests.Support;
using Parley.Tests.Content;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Chat;

/// <summary>Pictures and files in the chat, by the program as it ships.</summary>
public sealed class ChatFileTests
{
    [Fact]
    [Trait("Row", "A21"), Trait("Row", "A22")]
    public async Task A_picture_and_a_file_are_sent_and_are_fetched_from_the_links_that_are_shown()
    {
        await using var server = await RealServer.StartNewAsync();
        var (picture, file) = (Path.Combine(server.Folder, "my sunset.png"), Path.Combine(server.Folder, "notes.bin"));
        var bytes = Content.ContentWorld.Bytes(300_000);
        await File.WriteAllBytesAsync(picture, Pictures.Png(20, 30));
        await File.WriteAllBytesAsync(file, bytes);
        await using var alice = new ChatProcess(server, "alice", "bob");
        await using var bob = new ChatProcess(server, "bob", "alice");
        await bob.UntilAsync("-- talking to alice as bob");

        await alice.SaysAsync($"/send \"{picture}\" Look where I am");
        await bob.UntilAsync(" alice: \\[image my sunset.png\\] ⏎ Look where I am$");
        await alice.SaysAsync($"/send {file}");
        await bob.UntilAsync(" alice: \\[file notes.bin\\]$");

        using var browser = new HttpClient();
        var link = await bob.UntilAsync("-- image my sunset.png of alice: (http://[^ ]+) until [0-9]{2}:[0-9]{2}$");
        Assert.Equal(Pictures.Png(20, 30), await browser.GetByteArrayAsync(new Uri(link)));
        link = await bob.UntilAsync("-- file notes.bin of alice: (http://[^ ]+) until [0-9]{2}:[0-9]{2}$");
        Assert.Equal(bytes, await browser.GetByteArrayAsync(new Uri(link)));
        // The sender has one, too; and who comes later.
        await alice.UntilAsync("-- file notes.bin of alice: (http://[^ ]+) until");
        await using var again = new ChatProcess(server, "bob", "alice");
        await again.UntilAsync("-- image my sunset.png of alice: (http://[^ ]+) until");
        Assert.Single(bob.Seen, line => line.Contains("-- image my sunset.png", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Row", "A22")]
    public async Task What_cannot_be_sent_is_said()
    {
        await using var server = await RealServer.StartNewAsync();
        var page = Path.Combine(server.Folder, "page.png");
        await File.WriteAllTextAsync(page, "<html></html>");
        await using var alice = new ChatProcess(server, "alice", "bob");

        await alice.SaysAsync($"/send {Path.Combine(server.Folder, "missing.png")}");
        await alice.UntilAsync("-- missing.png is not sent: Could not find file");
        await alice.SaysAsync($"/send {page}");
        await alice.UntilAsync($"-- page.png is not sent: {Regex.Escape(Refusals.ContentRefused.Meaning)}");
        await alice.SaysAsync($"/send {server.Folder}/");
        await alice.UntilAsync($"-- {Path.GetFileName(server.Folder)} is not sent: it is a folder.");
        await alice.SaysAsync("/send");
        await alice.UntilAsync("-- /send takes a file, and perhaps a text");
    }

    [Theory]
    [InlineData("/send a.png", "a.png", "")]
    [InlineData("/send a.png look  there", "a.png", "look  there")]
    [InlineData("/send \"a b.png\" look", "a b.png", "look")]
    [InlineData("/send \"a b.png\"", "a b.png", "")]
    [InlineData("/send a.png two\nlines", "a.png", "two\nlines")]
    public void A_file_is_a_word_or_stands_in_quotes(string line, string path, string text) => Assert.Equal(new ChatInput.Send(path, text), ChatInput.Parse(line));

    [Theory]
    [InlineData("/send")]
    [InlineData("/send \"\" look")]
    [InlineData("/send \"a.png")]
    public void What_names_no_file_is_a_mistake(string line) => Assert.IsType<ChatInput.Mistake>(ChatInput.Parse(line));

    [Fact]
    public void The_screen_shows_the_link_of_what_was_uploaded_and_when_it_ends()
    {
        var (content, message) = (ContentId.New(), MessageId.New());
        var part = MessagePart.OfContent("image/png", content, "a.png");
        var shown = new TimelineMessage(new Sequence(1), default, message, Bob, new MessageContent([part]));
        var address = new ContentAddress(new Uri("http://localhost:5080/v1/content/x?access=y"), new DateTimeOffset(2026, 11, 20, 8, 30, 0, TimeSpan.Zero));

        Assert.Equal("[image a.png]", MessageText.Of(shown.Content));
        Assert.Equal("[image a.png http://localhost:5080/v1/content/x?access=y until 08:30]", MessageText.Of(shown.Content, id => id == content ? MessageText.Of(address, TimeZoneInfo.Utc) : null));
    }

    /// <summary>The chat in a process of its own, with pipes for a terminal.</summary>
    private sealed class ChatProcess : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly List<string> _seen = [];

        public ChatProcess(RealServer server, string user, string peer)
        {
            string[] arguments = [Path.Combine(AppContext.BaseDirectory, "parley.dll"), "chat", user, peer, "--url", server.Address.ToString(), "--token", server.TokenOf(user)];
            _process = Process.Start(new ProcessStartInfo("dotnet", arguments)
            {
                UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
                StandardOutputEncoding = System.Text.Encoding.UTF8, StandardInputEncoding = new System.Text.UTF8Encoding(false),
            })!;
            _process.OutputDataReceived += (_, e) => See(e.Data);
            _process.ErrorDataReceived += (_, e) => See(e.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public IReadOnlyList<string> Seen
        {
            get
            {
                lock (_seen) return [.. _seen];
            }
        }

        public async Task SaysAsync(string line)
        {
            await _process.StandardInput.WriteLineAsync(line);
            await _process.StandardInput.FlushAsync();
        }

        /// <summary>Waits for a line like this; its first group.</summary>
        public async Task<string> UntilAsync(string like)
        {
            Match? Found() => Seen.Select(line => Regex.Match(line, like, RegexOptions.NonBacktracking)).FirstOrDefault(match => match.Success);
            await Cast.UntilAsync(() => Found() is not null, $"{like} is seen; seen was:\n{string.Join('\n', Seen)}", seconds: 90);
            return Found()!.Groups[1].Value;
        }

        public async ValueTask DisposeAsync()
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(30_000)) _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        private void See(string? line)
        {
            if (line is null) return;
            lock (_seen) _seen.Add(line);
        }
    }
}
