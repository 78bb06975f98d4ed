using System.Net;
using Parley.Client.Tests.Content;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Storage;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Messages;

/// <summary>Files of the device that go with a message: the outbox uploads them, in their turn.</summary>
public sealed class OutgoingFileTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("parley-files-");
    private readonly Handler _handler = new();
    private RunningServer _server = null!;
    private ParleyClient _bob = null!;
    private ConversationId _conversation;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync(Engine.Sqlite);
        _bob = await _server.ConnectAsync("bob");
        _conversation = (await _bob.Conversations.DirectAsync(Alice)).Conversation;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _handler.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    [Trait("Row", "L12")]
    public async Task Files_are_uploaded_and_shown_above_what_the_message_says_and_what_comes_later_waits(StoreKind kind)
    {
        using var stores = new Stores(kind);
        var (one, two) = (FileOf("one.txt", "first"), FileOf("two.bin", "second"));
        await using (var store = stores.Next())
        {
            await using var offline = Of(store);
            await offline.Messages.QueueAsync(_conversation, MessageContent.OfText("look"), new SendOptions { Files = [new LocalFile(one), new LocalFile(two, "text/csv", "2")] });
            await offline.Messages.QueueAsync(_conversation, MessageContent.OfText("after"));
            await offline.Messages.QueueAsync(_conversation, MessageContent.None, new SendOptions { Files = [new LocalFile(two)] });
        }

        await using var next = stores.Next();
        await using var alice = Of(next);
        var told = new Told(alice);
        await alice.ConnectAsync();

        await UntilAsync(() => told.Settled.Count == 3, "all are settled");
        Assert.All(told.Settled, settled => Assert.Null(settled.Failure));
        var contents = (await EntriesAsync()).Select(entry => ((MessageSent)entry.Event).Content).ToList();
        Assert.Equal(["one.txt", "2", null], contents[0].Parts.Select(part => part.Name));
        Assert.Equal(["text/plain", "text/csv", "text/plain"], contents[0].Parts.Select(part => part.Type));
        Assert.Equal("look", contents[0].Parts[2].Body);
        Assert.Equal(["after", ""], contents.Skip(1).Select(content => content.PlainText()));
        Assert.Equal("two.bin", Assert.Single(contents[2].Parts).Name);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("longer")]
    [InlineData("touched")]
    [Trait("Row", "S26")]
    public async Task A_file_that_is_gone_or_was_changed_is_not_sent_and_that_is_said(string how)
    {
        var store = new MemoryStore();
        var file = FileOf("notes.txt", "as it was");
        await using (var offline = Of(store))
        {
            await offline.Messages.QueueAsync(_conversation, MessageContent.OfText("look"), new SendOptions { Files = [new LocalFile(file)] });
            await offline.Messages.QueueAsync(_conversation, MessageContent.OfText("after"));
        }

        if (how == "gone") File.Delete(file);
        else if (how == "longer") await File.AppendAllTextAsync(file, "!");
        else File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(1));
        await using var alice = Of(store);
        var told = new Told(alice);
        await alice.ConnectAsync();

        await UntilAsync(() => told.Settled.Count == 2, "both are settled");
        var failure = Assert.IsType<MessageNotSentException>(told.Settled.First().Failure);
        Assert.Equal(FailureReason.File, failure.Reason);
        Assert.Contains(file, failure.Message, StringComparison.Ordinal);
        Assert.Equal("after", Assert.Single(await EntriesAsync()).Text());
    }

    [Fact]
    public async Task What_the_server_does_not_take_is_refused_with_its_code_and_what_is_behind_it_goes_on()
    {
        await using var alice = Of(new MemoryStore());
        await alice.ConnectAsync();
        _handler.Before = request => request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath.EndsWith("/tus", StringComparison.Ordinal) ? Handler.Refuse(Refusals.UnsupportedContent) : null;

        var refused = alice.Messages.SendAsync(_conversation, MessageContent.None, new SendOptions { Files = [new LocalFile(FileOf("a.txt", "text"))] });
        var after = alice.Messages.SendAsync(_conversation, "after");

        Assert.Equal(Refusals.UnsupportedContent, (await Assert.ThrowsAsync<ParleyRefusedException>(() => refused)).Refusal);
        await after;
    }

    [Fact]
    public async Task An_upload_that_the_server_keeps_no_more_begins_anew()
    {
        var store = new MemoryStore();
        var file = FileOf("a.txt", "text");
        var begun = 0;
        _handler.Before = request =>
        {
            if (request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath.EndsWith("/tus", StringComparison.Ordinal)) begun++;
            // The first one is begun, and gets no further.
            return request.Method == HttpMethod.Patch && begun == 1 ? throw new HttpRequestException("the line is cut") : null;
        };
        await using (var first = Of(store))
        {
            await first.ConnectAsync();
            await first.Messages.QueueAsync(_conversation, MessageContent.None, new SendOptions { Files = [new LocalFile(file)] });
            await UntilAsync(() => _handler.Requests.Any(request => request.Method == "PATCH"), "it is under way");
        }

        var id = _handler.Requests.First(request => request.Method == "PATCH").Path.Split('/')[^1];
        await using var cleaner = await _server.ConnectAsync("alice", "cleaner");
        await cleaner.Content.DiscardAsync(new ContentId(id));
        await using var alice = Of(store);
        var told = new Told(alice);
        await alice.ConnectAsync();

        await UntilAsync(() => !told.Settled.IsEmpty, "it is settled");
        Assert.Null(Assert.Single(told.Settled).Failure);
        Assert.Equal(2, begun);
    }

    [Fact]
    public async Task Who_gives_it_up_while_it_is_uploaded_ends_the_upload_and_what_is_behind_it_goes_on()
    {
        await using var alice = Of(new MemoryStore());
        await alice.ConnectAsync();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _handler.After = async (request, _) =>
        {
            if (request.Method == HttpMethod.Post) await held.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        };
        using var giveUp = new CancellationTokenSource();
        var sending = alice.Messages.SendAsync(_conversation, MessageContent.None, new SendOptions { Files = [new LocalFile(FileOf("a.txt", "text"))] }, giveUp.Token);
        var after = alice.Messages.SendAsync(_conversation, "after");
        await UntilAsync(() => _handler.Requests.Any(request => request.Method == "POST"), "it is under way");

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await after;
        held.SetResult();
        Assert.Equal("after", Assert.Single(await EntriesAsync()).Text());
    }

    [Fact]
    public async Task What_is_given_up_as_its_upload_begins_is_in_the_store_no_more()
    {
        var inner = new MemoryStore();
        using var giveUp = new CancellationTokenSource();
        var forgotten = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (writes, isForgotten) = (0, false);
        var store = new SpyStore(inner)
        {
            Before = changes =>
            {
                if (changes is [{ Key.Kind: "outbox", Value: null }]) forgotten.TrySetResult();
                // The second time it is written with the upload's id: it is given up in between, and forgotten as soon as anybody lets that happen.
                if (!changes.Any(change => change is { Key.Kind: "outbox", Value: not null }) || Interlocked.Increment(ref writes) != 2) return Task.CompletedTask;
                _ = giveUp.CancelAsync();
                isForgotten = forgotten.Task.Wait(TimeSpan.FromMilliseconds(500), CancellationToken.None);
                return Task.CompletedTask;
            },
        };
        await using (var alice = Of(store))
        {
            await alice.ConnectAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alice.Messages.SendAsync(_conversation, MessageContent.None, new SendOptions { Files = [new LocalFile(FileOf("a.txt", "text"))] }, giveUp.Token));
        }

        Assert.Equal((2, false), (writes, isForgotten));
        Assert.Empty(await inner.ReadAsync(new LocalRange("outbox")));
    }

    [Fact]
    public async Task A_line_that_breaks_while_it_is_uploaded_is_waited_for()
    {
        await using var alice = Of(new MemoryStore(), transferTimeout: TimeSpan.FromMilliseconds(50));
        await alice.ConnectAsync();
        var failures = 0;
        _handler.Before = request => request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath.EndsWith("/tus", StringComparison.Ordinal) && ++failures <= 3 ? throw new HttpRequestException("no line") : null;

        var entry = await alice.Messages.SendAsync(_conversation, MessageContent.None, new SendOptions { Files = [new LocalFile(FileOf("a.txt", "text"))] });

        Assert.Equal("a.txt", Assert.Single(((MessageSent)entry.Event).Content.Parts).Name);
        Assert.Equal(4, failures);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_said_to_who_hands_it_in()
    {
        await using var alice = Of(new MemoryStore());

        await Assert.ThrowsAsync<FileNotFoundException>(() => alice.Messages.QueueAsync(_conversation, MessageContent.None, new SendOptions { Files = [new LocalFile(Path.Combine(_folder.FullName, "none"))] }));
        await Assert.ThrowsAsync<ArgumentException>(() => alice.Messages.QueueAsync(_conversation, MessageContent.None));
    }

    private ParleyClient Of(LocalStore store, TimeSpan? transferTimeout = null) => new(
        new ParleyClientOptions
        {
            Endpoint = _server.Address, TokenProvider = _ => ValueTask.FromResult(RunningServer.TokenOf("alice")), Store = store, HttpHandler = _handler, TransferTimeout = transferTimeout ?? TimeSpan.FromMinutes(5),
        },
        () => 0.001);

    private string FileOf(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private async Task<List<LogEntry>> EntriesAsync() =>
        [.. (await _bob.Conversations.ReadEntriesAsync(new ReadEntries(_conversation, After: Sequence.None))).Entries.Where(entry => entry.Event is MessageSent)];
}
