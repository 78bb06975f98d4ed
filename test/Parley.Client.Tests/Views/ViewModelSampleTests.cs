using System.Collections.Concurrent;
using System.Diagnostics;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Views;

/// <summary>samples/ViewModel, bound to by samples/ViewModelConsole, against the server as it ships.</summary>
public sealed class ViewModelSampleTests
{
    [Fact]
    [Trait("Row", "L16"), Trait("Row", "L20"), Trait("Row", "L21"), Trait("Row", "V35")]
    public async Task The_pages_follow_a_talk_and_say_what_changed_and_nothing_else()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var bob = server.ClientOf("bob");
        await bob.ConnectAsync();
        await bob.Users.UpdateAsync(displayName: "Bob");
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var lunch = (await bob.Conversations.CreateGroupAsync([Alice], "lunch")).Conversation;
        for (var count = 2; count <= 30; count++) await bob.Messages.SendAsync(direct, $"{count}");
        await using var page = Program.Start(server.Address, server.TokenOf("alice"));

        // His name may come a moment later.
        await UntilAsync(() => page.Lines.Any(line => line.EndsWith("Bob (29) 30", StringComparison.Ordinal)) && page.Lines.Contains("list: + lunch (0) "), "the list is shown");
        await bob.Messages.SendAsync(lunch, "who comes?");
        await page.HearsAsync("list: lunch (1) who comes?", "badge: 30");
        await page.HearsAsync("list: 2 is now 1: lunch (0) ");

        // Where she stopped reading, which is the beginning.
        await page.SaysAsync("open 2", "chat with Bob", "chat: + bob (conversation.created)", "chat: + bob: 2 [new]", "chat: + bob: 21 [new]");
        Assert.DoesNotContain("chat: + bob: 22 [new]", page.Lines);
        await page.SaysAsync("newest", "chat: + bob: 30 [new]");
        await page.SaysAsync("read", "chat: bob: 30", "list: Bob (0) 30", "badge: 1");
        await page.SaysAsync("earlier", "chat: + bob: 2");

        await page.SaysAsync("write I come", "done: write I come");
        await page.SaysAsync("send");
        // What the server knows sooner than the window has time to show is shown as it is by then.
        await page.ComesToAsync("alice: I come [Delivered]");
        await bob.Receipts.MarkAllReadAsync(direct);
        await page.HearsAsync("chat: alice: I come [Read]");
        await bob.Conversations.SetTypingAsync(direct);
        await page.HearsAsync("typing: bob typing");
        await bob.Messages.SendAsync(direct, "good");
        await page.HearsAsync("typing: ", "chat: + bob: good [new]");
        await bob.Conversations.DeleteAsync(lunch);
        await page.HearsAsync("list: - lunch (1) who comes?", "badge: 1");

        Assert.Equal((0, ""), await page.EndAsync());
        Assert.DoesNotContain(page.Lines, line => line.StartsWith("notice", StringComparison.Ordinal));
    }

    /// <summary>The program, running; what it printed, and what of that was not looked at yet.</summary>
    private sealed class Program : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly ConcurrentQueue<string> _errors = [];

        private Program(Process process)
        {
            _process = process;
            process.OutputDataReceived += (_, line) => Lines.Enqueue(line.Data ?? "");
            process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public ConcurrentQueue<string> Lines { get; } = [];

        public static Program Start(Uri server, string token)
        {
            var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            var program = Parley.Tests.Checkout.PathOf($"artifacts/bin/ViewModelConsole/{configuration}/ViewModelConsole.dll");
            return new Program(Process.Start(new ProcessStartInfo("dotnet", [program, $"{server}", token])
            {
                UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            })!);
        }

        /// <summary>Waits until it has printed these lines, in whatever order.</summary>
        public async Task HearsAsync(params string[] lines)
        {
            foreach (var line in lines)
            {
                var start = TimeProvider.System.GetTimestamp();
                while (!Lines.Contains(line) && TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(40)) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
                Assert.True(Lines.Contains(line), $"It never said \"{line}\", but\n{string.Join('\n', Lines)}\n{string.Join('\n', _errors)}");
            }
        }

        /// <summary>Waits until it shows this, anew or instead of what it showed before.</summary>
        public Task ComesToAsync(string shown) => UntilAsync(() => Lines.Any(line => line == $"chat: {shown}" || line == $"chat: + {shown}"), shown);

        public async Task SaysAsync(string command, params string[] lines)
        {
            await _process.StandardInput.WriteLineAsync(command);
            await HearsAsync([.. lines, $"done: {command}"]);
        }

        public async Task<(int, string)> EndAsync()
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(40));
            return (_process.ExitCode, string.Join('\n', _errors).Trim());
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited) _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
