using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>A program with a store is killed again and again, and its server too: what it was told is kept is sent, once and in order.</summary>
public sealed class KilledClientTests
{
    [Fact]
    [Trait("Row", "S27")]
    [Trait("Row", "G6")]
    [Trait("Row", "G7")]
    public Task Whatever_was_handed_in_is_sent_once_and_in_order_though_the_program_and_its_server_are_killed() => RunAsync(messages: 800, kills: 10);

    /// <summary>The long form: <c>-explicit only -class '*KilledClientTests'</c>.</summary>
    [Fact(Explicit = true)]
    public Task Whatever_was_handed_in_is_sent_once_and_in_order_through_two_hundred_kills() => RunAsync(messages: 20_000, kills: 200);

    private static async Task RunAsync(int messages, int kills)
    {
        await using var server = await RealServer.StartNewAsync();
        await using var reader = server.ClientOf("alice", "reader");
        await reader.ConnectAsync();
        var conversation = (await reader.Conversations.DirectAsync(Bob)).Conversation;
        var store = Path.Combine(server.Folder, "alice.store");
        var random = new Random(7);
        var settled = new ConcurrentDictionary<string, string>();
        var queued = 0;
        for (var kill = 1; kill <= kills; kill++)
        {
            var most = messages * kill / kills;
            var sender = Sender.Start(server, conversation, store, queued + 1, most, settled);
            await sender.UntilAsync(Math.Min(most, queued + random.Next(1, Math.Max(2, messages / kills))));
            // Every other one as it hands in, the rest as it sends.
            var before = settled.Count;
            if (kill % 2 == 0) await UntilAsync(() => settled.Count > before, "something is sent");
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 40)), TimeProvider.System);
            if (kill % 3 == 0) await server.KillAsync();
            queued = Math.Max(queued, await sender.KillAsync());
            if (kill % 3 == 0) await server.StartAsync();
        }

        var sentBefore = settled.Count;
        var last = Sender.Start(server, conversation, store, queued + 1, messages, settled);
        await last.UntilAsync(messages);
        var log = new List<LogEntry>();
        await UntilAsync(() => settled.Count == messages, "all are settled", seconds: 120);
        while (true)
        {
            var page = await reader.Conversations.ReadEntriesAsync(new ReadEntries(conversation, After: new Sequence(log.Count)));
            log.AddRange(page.Entries);
            if (!page.More) break;
        }

        await last.EndAsync();
        Assert.Equal(Enumerable.Range(1, messages).Select(number => $"{number}"), log.Where(entry => entry.Event is MessageSent).Select(entry => entry.Text()));
        Assert.True(sentBefore > 0 && sentBefore < messages, $"{sentBefore} were sent before the last run");
        Assert.All(settled.Values, how => Assert.Equal("recorded", how));
    }

    /// <summary>test/support/Parley.Client.Sender, running.</summary>
    private sealed class Sender
    {
        private readonly Process _process;
        private readonly ConcurrentDictionary<string, string> _settled;
        private readonly ConcurrentQueue<string> _errors = [];
        private readonly TaskCompletionSource _allRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile int _queued;

        private Sender(Process process, int before, ConcurrentDictionary<string, string> settled)
        {
            (_process, _queued, _settled) = (process, before, settled);
            process.OutputDataReceived += (_, line) => Hear(line.Data);
            process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public static Sender Start(RealServer server, ConversationId conversation, string store, int first, int last, ConcurrentDictionary<string, string> settled)
        {
            // Where it was built: here its assemblies would be those of another framework.
            var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            var program = Parley.Tests.Checkout.PathOf($"artifacts/bin/Parley.Client.Sender/{configuration}/Parley.Client.Sender.dll");
            string[] arguments = [program, $"{server.Address}", server.TokenOf("alice"), $"{conversation}", store, first.ToString(CultureInfo.InvariantCulture), last.ToString(CultureInfo.InvariantCulture)];
            return new Sender(
                Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!, first - 1, settled);
        }

        /// <summary>Waits until it said that a message is kept, or all that it was to hand in are.</summary>
        public Task UntilAsync(int number) => Cast.UntilAsync(() => _queued >= number || _process.HasExited, $"{number} is handed in; it said {string.Join('\n', _errors)}", seconds: 60);

        /// <summary>As <c>kill -9</c>; the last that it said is kept.</summary>
        public async Task<int> KillAsync()
        {
            Assert.False(_process.HasExited, string.Join('\n', _errors));
            _process.Kill();
            await _process.WaitForExitAsync();
            await _allRead.Task;
            _process.Dispose();
            return _queued;
        }

        public async Task EndAsync()
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync();
            Assert.Equal((0, ""), (_process.ExitCode, string.Join('\n', _errors).Trim()));
            _process.Dispose();
        }

        private void Hear(string? line)
        {
            if (line is null)
            {
                _allRead.TrySetResult();
                return;
            }

            // A line that was cut off by the kill is none.
            var words = line.Split(' ');
            if (words is ["queued", var number] && int.TryParse(number, CultureInfo.InvariantCulture, out var kept)) _queued = kept;
            else if (words is ["settled", var message, var how]) _settled[message] = how;
        }
    }
}
