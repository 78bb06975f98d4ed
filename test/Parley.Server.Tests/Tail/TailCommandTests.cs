using System.Text.Json;
using Parley.Conversations;
using Parley.Tail;
using Parley.Tests.Commands;

namespace Parley.Tests.Tail;

public sealed class TailCommandTests
{
    private const string Secret = "marker\e[31m of what\nshe wrote";

    [Theory, EveryEngine]
    [Trait("Row", "LG-02")]
    public async Task Lines_say_who_did_what_and_what_was_written_only_when_asked(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var lunch = await server.ConversationOfAsync("alice", "bob", "carol");
        await server.SendAsync("alice", lunch, Secret);
        await server.RemoveAsync("alice", lunch, "bob");

        var hidden = await LinesAsync(server, TailContent.Hidden, TailForm.Text, 3);
        var shown = await LinesAsync(server, TailContent.Shown, TailForm.Text, 3);
        var hiddenJson = await LinesAsync(server, TailContent.Hidden, TailForm.Json, 3);
        var shownJson = await LinesAsync(server, TailContent.Shown, TailForm.Json, 3);

        Assert.EndsWith($"  demo  {lunch}  1  conversation.created  alice  group of 3", hidden[0], StringComparison.Ordinal);
        Assert.EndsWith($"  demo  {lunch}  2  message.sent  alice  text/plain {Secret.Length} B", hidden[1], StringComparison.Ordinal);
        Assert.EndsWith("  3  participants.removed  alice  1 removed", hidden[2], StringComparison.Ordinal);
        Assert.EndsWith("  marker\u241b[31m of what ⏎ she wrote", shown[1], StringComparison.Ordinal);
        Assert.All(hidden.Concat(hiddenJson), line => Assert.DoesNotContain("marker", line, StringComparison.Ordinal));
        Assert.Equal(["at", "app", "conversation", "sequence", "type", "actor", "message", "bytes"], Members(hiddenJson[1]));
        Assert.Equal("event", Members(shownJson[1]).Last());
        Assert.Contains("marker\\u001B[31m of what\\nshe wrote", shownJson[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("41")]
    [InlineData("0s")]
    [InlineData("-1h")]
    public async Task A_beginning_that_is_none_is_refused(string from)
    {
        var (code, _, error) = await CommandRun.OfAsync("tail", $"--from={from}");

        Assert.Equal((1, $"parley: --from is \"{from}\", but must be a time like 90s, 30m, 24h or 7d, or, with --conversation, a sequence from 1.\n"), (code, error));
    }

    [Fact]
    public void A_beginning_is_a_time_or_with_a_conversation_a_sequence()
    {
        var clock = new Gateway.GatewayClock();
        Assert.Equal((null, clock.GetUtcNow() - TimeSpan.FromDays(7)), TailCommand.From("7d", null, clock));
        Assert.Equal((new Sequence(40), null), TailCommand.From("41", ConversationId.New(), clock));
        Assert.Throws<CommandException>(() => TailCommand.From("0", ConversationId.New(), clock));
    }

    [Fact]
    public async Task Without_a_database_there_is_nothing_to_follow()
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = await CommandRun.OfAsync("tail", "--data", folder.Path);

        Assert.Equal((1, $"parley: There is no database {folder.File("parley.db")}: check --data and --config.\n"), (code, error));
    }

    [Fact]
    public async Task An_app_that_nobody_has_is_refused_with_those_there_are()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (code, _, error) = await CommandRun.OfAsync("tail", "--data", server.Storage.DataDirectory, "--app", "shop");

        Assert.Equal((1, "parley: There is no app \"shop\" in this database, only demo, other.\n"), (code, error));
    }

    [Fact]
    public async Task A_database_that_goes_away_is_waited_for()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var lunch = await server.ConversationOfAsync("alice", "bob");
        var file = Parley.Storage.Databases.FileOf(server.Storage);
        using var enough = new CancellationTokenSource();
        var (output, told) = (new StringWriter(), new StringWriter());
        var running = new TailCommand(server.Storage, new TailChoice(Since: DateTimeOffset.UnixEpoch), TailContent.Hidden, TailForm.Text, TimeProvider.System)
            .RunAsync(TextWriter.Synchronized(output), TextWriter.Synchronized(told), enough.Token);
        await UntilAsync(() => output.ToString().Contains("conversation.created", StringComparison.Ordinal));

        await server.CloseAsync();
        File.Move(file, file + ".gone");
        await UntilAsync(() => told.ToString().Contains("Waiting for it.", StringComparison.Ordinal));
        File.Move(file + ".gone", file);
        await server.OpenAsync();
        await server.SendAsync("alice", lunch, "hi");
        await UntilAsync(() => output.ToString().Contains("message.sent", StringComparison.Ordinal));
        await enough.CancelAsync();

        Assert.Equal(0, await running);
        Assert.Contains("the database is back", told.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, output.ToString().TrimEnd().Split('\n').Length);
    }

    private static async Task<string[]> LinesAsync(TestServer server, TailContent content, TailForm form, int count)
    {
        using var enough = new CancellationTokenSource();
        var output = new StringWriter { NewLine = "\n" };
        var running = new TailCommand(server.Storage, new TailChoice(Since: DateTimeOffset.UnixEpoch), content, form, TimeProvider.System)
            .RunAsync(TextWriter.Synchronized(output), TextWriter.Null, enough.Token);
        await UntilAsync(() => output.ToString().Count(character => character == '\n') == count);
        await enough.CancelAsync();
        Assert.Equal(0, await running);
        return output.ToString().TrimEnd('\n').Split('\n');
    }

    private static IEnumerable<string> Members(string line)
    {
        using var json = JsonDocument.Parse(line);
        return [.. json.RootElement.EnumerateObject().Select(member => member.Name)];
    }

    private static async Task UntilAsync(Func<bool> so)
    {
        for (var attempt = 0; !so(); attempt++)
        {
            Assert.True(attempt < 1_000, "it never came to this");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
