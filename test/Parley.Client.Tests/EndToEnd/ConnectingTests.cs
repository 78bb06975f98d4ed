using System.Diagnostics;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>Before there is a session, and while the server is stopped; against the real one.</summary>
public sealed class ConnectingTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V04")]
    [Trait("Row", "L29")]
    public async Task Before_somebody_connects_nothing_can_be_asked_and_what_is_sent_waits_for_who_the_token_says_he_is(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var bob = await server.ConnectAsync("bob");
        var conversation = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using var alice = server.Client("alice");

        var early = await Assert.ThrowsAsync<ParleyConnectionException>(() => alice.Inbox.ListAsync());
        Assert.Contains("ConnectAsync", early.Message, StringComparison.Ordinal);
        Assert.Null(alice.Session);
        var sending = alice.Messages.SendAsync(conversation, "hello");
        await alice.ConnectAsync();

        Assert.Equal(Alice, ((MessageSent)(await sending).Event).Sender);
        Assert.Single((await alice.Inbox.ListAsync()).Conversations);
    }

    [Fact]
    [Trait("Row", "V03")]
    public async Task A_server_that_is_stopped_for_a_while_is_noticed_left_and_found_again()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var alice = new ParleyClient(
            new ParleyClientOptions
            {
                Endpoint = server.Address, TokenProvider = _ => ValueTask.FromResult(server.TokenOf("alice")),
                PingInterval = TimeSpan.FromMilliseconds(200), PingTimeout = TimeSpan.FromSeconds(1.5), HelloTimeout = TimeSpan.FromSeconds(1.5),
            },
            () => 0.1);
        var told = new Told(alice);
        await alice.ConnectAsync();
        var conversation = (await alice.Conversations.DirectAsync(Bob)).Conversation;

        var before = told.States.Count;
        await server.FreezeAsync();
        var sending = alice.Messages.SendAsync(conversation, "hello");
        await UntilAsync(() => told.States.Skip(before).Count(change => change is { State: ConnectionState.Waiting, Reason: ConnectionReason.HelloTimeout }) >= 2, "two attempts are given up");
        Assert.Equal(ConnectionReason.Lost, told.States.Skip(before).First(change => change.State == ConnectionState.Waiting).Reason);
        Assert.False(sending.IsCompleted);
        await server.ThawAsync();

        var entry = await sending;
        var log = (await alice.Conversations.ReadEntriesAsync(new ReadEntries(conversation))).Entries;
        Assert.Equal(entry.Sequence, Assert.Single(log, one => one.Event is MessageSent).Sequence);
    }

    [Fact]
    public async Task A_store_that_another_process_has_open_is_refused_until_that_has_ended()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var bob = server.ClientOf("bob");
        await bob.ConnectAsync();
        var conversation = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var file = Path.Combine(server.Folder, "alice.store");
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var program = Checkout.PathOf($"artifacts/bin/Parley.Client.Sender/{configuration}/Parley.Client.Sender.dll");
        using var other = Process.Start(
            new ProcessStartInfo("dotnet", [program, $"{server.Address}", server.TokenOf("alice"), $"{conversation}", file, "1", "1"])
            {
                UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
            })!;
        Assert.Equal("queued 1", await other.StandardOutput.ReadLineAsync());
        Parley.Storage.Sqlite.SystemSqlite.Use();
        await using var store = new SqliteStore(file);
        await using var alice = new ParleyClient(new ParleyClientOptions { Endpoint = server.Address, TokenProvider = _ => ValueTask.FromResult(server.TokenOf("alice")), Store = store });

        var refused = await Assert.ThrowsAsync<LocalStoreException>(() => alice.ConnectAsync());
        Assert.Equal((LocalStoreFailure.InUse, true), (refused.Failure, refused.IsTransient));
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);

        other.Kill();
        await other.WaitForExitAsync();
        await alice.ConnectAsync();
    }
}
