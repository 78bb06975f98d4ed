using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Storage;

/// <summary>A program with a store is killed again and again as it is told: of what was delivered and read it tells nothing twice, and it leaves no message out.</summary>
public sealed class KilledReceiverTests
{
    private const int SentInEachRun = 25;

    [Fact]
    [Trait("Row", "S14"), Trait("Row", "S19"), Trait("Row", "C12"), Trait("Row", "G14"), Trait("Row", "S31"), Trait("Row", "S34"), Trait("Row", "S22")]
    public Task A_program_that_is_killed_tells_each_receipt_at_most_once_and_each_message_at_least_once() => RunAsync(kills: 12);

    /// <summary>The long form: <c>-explicit only -class '*KilledReceiverTests'</c>.</summary>
    [Fact(Explicit = true)]
    public Task A_program_that_is_killed_two_hundred_times_tells_each_receipt_at_most_once_and_each_message_at_least_once() => RunAsync(kills: 200);

    private static async Task RunAsync(int kills)
    {
        await using var server = await RealServer.StartNewAsync();
        // The server is up for a few seconds at a time, which they may miss again and again.
        await using var bob = server.ClientOf("bob", patience: 600);
        await using var carol = server.ClientOf("carol", patience: 600);
        await Task.WhenAll(bob.ConnectAsync(), carol.ConnectAsync());
        var group = (await bob.Conversations.CreateGroupAsync([Alice, Carol])).Conversation;
        var said = new ConcurrentQueue<MessageId>();
        using var enough = new CancellationTokenSource();
        var talking = TalkAsync(bob, carol, group, said, enough.Token);
        var random = new Random(14);
        var program = new Receiver(server, group);
        for (var kill = 0; kill < kills; kill++)
        {
            program.Start(SentInEachRun);
            var lines = program.Lines().Length;
            // At a moment of the start, or in the middle of telling.
            await UntilAsync(() => program.Lines().Length > lines + (kill % 3 == 0 ? 0 : random.Next(5, 60)), "it tells something");
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 40)), TimeProvider.System);
            if (kill % 4 == 3) await server.KillAsync();
            await program.KillAsync();
            if (kill % 4 == 3) await server.StartAsync();
        }

        await enough.CancelAsync();
        await talking;
        program.Start(SentInEachRun);
        var last = ((MessageSent)(await bob.Messages.SendAsync(group, "the last")).Event).Message;
        said.Enqueue(last);
        await UntilAsync(() => program.Lines().Any(line => line.EndsWith($"{last}", StringComparison.Ordinal)), "the last is told", seconds: 90);
        // Messages leave in the order in which they were handed in.
        string? mine = null;
        await UntilAsync(() => (mine = LastQueued(program.Lines())) is not null && program.Lines().Any(line => line.StartsWith("sent", StringComparison.Ordinal) && line.EndsWith(mine, StringComparison.Ordinal)), "all are sent", seconds: 90);
        var head = (await bob.Conversations.GetAsync(group)).Head;
        await Task.WhenAll(bob.Receipts.MarkAllReadAsync(group), carol.Receipts.MarkAllReadAsync(group));
        await UntilAsync(() => program.Lines().Count(line => line == $"read {mine} bob" || line == $"read {mine} carol") == 2, "that both have read the last is told", seconds: 90);
        await program.EndAsync();

        var told = program.Lines().Select(line => line.Split(' ')).ToList();
        Assert.DoesNotContain(told, line => line[0] == "failed");
        // At most once, whatever killed it (G14).
        var receipts = told.Where(line => line[0] is "delivered" or "read").Select(line => string.Join(' ', line)).ToList();
        Assert.Distinct(receipts);
        // At least once, in order within a run, and from where the run before had come.
        Assert.Empty(said.Except(told.Where(line => line[0] == "received").Select(line => Message(line[2]))));
        var reached = 0L;
        var before = 0L;
        foreach (var line in told)
        {
            if (line[0] == "started") before = 0;
            if (line[0] is not ("received" or "sent")) continue;
            var sequence = long.Parse(line[1], CultureInfo.InvariantCulture);
            Assert.True(sequence > before && sequence <= reached + 1 + MembershipEntries, $"{sequence} was told after {before}, when all up to {reached} were");
            (before, reached) = (sequence, Math.Max(reached, sequence));
        }

        Assert.Equal(head.Value, reached);
        // Nearly all were: only what was on its way to the listener when it was killed may be missing.
        var sent = told.Where(line => line[0] == "sent").Select(line => Message(line[2])).Distinct().Count();
        Assert.InRange(receipts.Count, sent * 4 * 3 / 4, sent * 4);
    }

    /// <summary>Entries that are no messages are not written down: the first.</summary>
    private const int MembershipEntries = 1;

    private static string? LastQueued(string[] lines) =>
        lines.SkipWhile((_, at) => at < Array.LastIndexOf(lines, "started")).Where(line => line.StartsWith("queued", StringComparison.Ordinal)).Skip(SentInEachRun - 1).FirstOrDefault()?.Split(' ')[1];

    private static MessageId Message(string text) => new(Guid.Parse(text));

    /// <summary>Bob speaks, and both read in jumps.</summary>
    private static async Task TalkAsync(ParleyClient bob, ParleyClient carol, ConversationId group, ConcurrentQueue<MessageId> said, CancellationToken cancel)
    {
        for (var number = 0; !cancel.IsCancellationRequested; number++)
        {
            said.Enqueue(((MessageSent)(await bob.Messages.SendAsync(group, $"{number}", CancellationToken.None)).Event).Message);
            if (number % 3 == 0) await bob.Receipts.MarkAllReadAsync(group, CancellationToken.None);
            if (number % 5 == 0) await carol.Receipts.MarkAllReadAsync(group, CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(15), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>test/support/Parley.Client.Receiver, started again and again.</summary>
    private sealed class Receiver(RealServer server, ConversationId conversation)
    {
        private readonly string _lines = Path.Combine(server.Folder, "alice.lines");
        private Process? _process;
        private ConcurrentQueue<string> _errors = [];

        /// <summary>All whole lines of all runs.</summary>
        public string[] Lines()
        {
            if (!File.Exists(_lines)) return [];
            using var file = new FileStream(_lines, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            var text = reader.ReadToEnd();
            return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }

        public void Start(int messages)
        {
            // Where it was built: here its assemblies would be those of another framework.
            var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            var program = Parley.Tests.Checkout.PathOf($"artifacts/bin/Parley.Client.Receiver/{configuration}/Parley.Client.Receiver.dll");
            string[] arguments = [program, $"{server.Address}", server.TokenOf("alice"), $"{conversation}", Path.Combine(server.Folder, "alice.store"), _lines, messages.ToString(CultureInfo.InvariantCulture)];
            _errors = [];
            _process = Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true })!;
            _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
            _process.BeginErrorReadLine();
        }

        /// <summary>As <c>kill -9</c>.</summary>
        public async Task KillAsync()
        {
            Assert.False(_process!.HasExited, string.Join('\n', _errors));
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        public async Task EndAsync()
        {
            _process!.StandardInput.Close();
            await _process.WaitForExitAsync();
            Assert.Equal((0, ""), (_process.ExitCode, string.Join('\n', _errors).Trim()));
            _process.Dispose();
        }
    }
}
