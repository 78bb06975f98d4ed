using Parley.Client.Tests.Storage;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Messages;

/// <summary>The object of a message, for a screen that shows it before the server has it.</summary>
public sealed class MessageToSendTests : IAsyncLifetime
{
    private readonly ConversationId _conversation = ConversationId.New();
    private Scene _scene = null!;

    public async ValueTask InitializeAsync() => _scene = await Scene.StartAsync(sendTimeout: 1, settleTimeout: 1);

    public async ValueTask DisposeAsync() => await _scene.DisposeAsync();

    [Fact]
    [Trait("Row", "S04")]
    [Trait("Row", "L12")]
    [Trait("Row", "L27")]
    [Trait("Row", "S21")]
    public async Task A_message_has_its_id_before_it_is_sent_and_then_nobody_knows_of_it()
    {
        var message = _scene.Alice.Messages.Create(_conversation, MessageContent.OfText("hello"));

        Assert.Empty(await _scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(100)));
        var sending = message.SendAsync();
        var request = await _scene.Connection.ExpectAsync(Methods.SendMessage);
        Assert.Equal((message.Id, "hello"), (request.As(ProtocolJson.Lenient.SendMessage).Message, message.Content.PlainText()));
        await _scene.RecordAsync(request, 1);
        await sending;
    }

    [Fact]
    [Trait("Row", "S21")]
    public async Task One_for_several_users_is_made_too_and_is_one_request_with_all_of_them_when_it_is_handed_in()
    {
        MessageRecipient[] recipients = [new(User: Bob), new(Email: "carol@example.org"), new(Phone: "+49 170 1234567")];
        var id = MessageId.New();
        var made = Change.SendTo(recipients, MessageContent.OfText("hello all"), id);
        Assert.Equal(Methods.SendToMany, made.Method);

        Assert.Empty(await _scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(100)));
        await _scene.Alice.Changes.QueueAsync(made);
        var asked = (await _scene.Connection.ExpectAsync(Methods.SendToMany)).As(ProtocolJson.Lenient.SendToMany);

        Assert.Equal((id, "hello all"), (asked.Message, asked.Content.PlainText()));
        Assert.Equal(recipients, asked.Recipients);
    }

    [Fact]
    [Trait("Row", "S05")]
    [Trait("Row", "L27")]
    public async Task It_is_pending_until_it_is_sent_and_says_so()
    {
        var message = _scene.Alice.Messages.Create(_conversation, MessageContent.OfText("hello"));
        var states = new List<(MessageState, MessageState)>();
        message.StateChanged += (_, e) => states.Add((e.Before, e.State));
        await message.QueueAsync();
        Assert.Equal(MessageState.Pending, message.State);

        await _scene.RecordAsync(await _scene.Connection.ExpectAsync(Methods.SendMessage), 1);

        await UntilAsync(() => states.Count > 0, "it changes");
        Assert.Equal((MessageState.Pending, MessageState.Sent), Assert.Single(states));
        Assert.Equal((MessageState.Sent, new Sequence(1)), (message.State, message.Entry!.Sequence));
    }

    [Fact]
    [Trait("Row", "S05")]
    [Trait("Row", "S06")]
    public async Task Who_awaits_it_goes_on_though_a_listener_has_not_returned_which_may_itself_await_another()
    {
        var (message, other) = (_scene.Alice.Messages.Create(_conversation, MessageContent.OfText("hello")), _scene.Alice.Messages.Create(_conversation, MessageContent.OfText("and this")));
        using var released = new ManualResetEventSlim();
        var heard = new TaskCompletionSource<LogEntry>();
        message.StateChanged += (_, _) =>
        {
            released.Wait(TimeSpan.FromSeconds(30));
            heard.SetResult(other.SendAsync().GetAwaiter().GetResult());
        };

        var sending = message.SendAsync();
        await _scene.RecordAsync(await _scene.Connection.ExpectAsync(Methods.SendMessage), 1);
        Assert.Equal(new Sequence(1), (await sending).Sequence);
        Assert.False(heard.Task.IsCompleted);

        released.Set();
        await _scene.RecordAsync(await _scene.Connection.ExpectAsync(Methods.SendMessage), 2);
        Assert.Equal(new Sequence(2), (await heard.Task).Sequence);
    }

    [Fact]
    [Trait("Row", "S26")]
    [Trait("Row", "S29")]
    [Trait("Row", "V30")]
    public async Task What_is_refused_says_why_capability_or_another_code()
    {
        foreach (var (refusal, reason) in new[] { (Refusals.NotCapable, FailureReason.Capability), (Refusals.PermissionDenied, FailureReason.Refused) })
        {
            var message = _scene.Alice.Messages.Create(_conversation, MessageContent.OfText("hello"));
            var sending = message.SendAsync();
            await _scene.Connection.RefuseAsync(await _scene.Connection.ExpectAsync(Methods.SendMessage), refusal);

            await Assert.ThrowsAsync<ParleyRefusedException>(() => sending);
            await UntilAsync(() => message.State == MessageState.NotSent, "it is not sent");
            Assert.Equal((reason, refusal.Code, refusal.Number), (message.Failure!.Reason, ((ParleyRefusedException)message.Failure).Refusal.Code, ((ParleyRefusedException)message.Failure).Refusal.Number));
        }
    }

    [Fact]
    [Trait("Row", "S26")]
    public async Task What_the_network_or_the_store_failed_says_that()
    {
        var store = new SpyStore(new MemoryStore()) { Before = changes => changes.Any(change => change.Key.Kind == "outbox") ? throw new LocalStoreException(LocalStoreFailure.Full, "no room") : Task.CompletedTask };
        await using var full = ClientOf(_scene.Server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Store = store });
        var unkept = full.Messages.Create(_conversation, MessageContent.OfText("hello"));
        await Assert.ThrowsAsync<LocalStoreException>(() => unkept.QueueAsync());
        await UntilAsync(() => unkept.State == MessageState.NotSent, "it is not sent");
        Assert.Equal(FailureReason.Storage, unkept.Failure!.Reason);

        await using var offline = ClientOf(_scene.Server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, SendTimeout = TimeSpan.FromMilliseconds(20) });
        var unsent = offline.Messages.Create(_conversation, MessageContent.OfText("hello"));
        await Assert.ThrowsAsync<MessageNotSentException>(() => unsent.SendAsync());
        await UntilAsync(() => unsent.State == MessageState.NotSent, "it is not sent");
        Assert.Equal(FailureReason.Network, unsent.Failure!.Reason);
    }

    [Fact]
    [Trait("Row", "L29")]
    public async Task One_that_nobody_answers_for_is_unknown_until_it_is_settled()
    {
        var message = _scene.Alice.Messages.Create(_conversation, MessageContent.OfText("hello"));
        var sending = message.SendAsync();
        var send = await _scene.Connection.ExpectAsync(Methods.SendMessage);
        await Assert.ThrowsAsync<MessageUnknownException>(() => sending);
        await UntilAsync(() => message.State == MessageState.Unknown, "it is unknown");
        Assert.IsType<MessageUnknownException>(message.Failure);

        await _scene.RecordAsync(send, 1);

        await UntilAsync(() => message.State == MessageState.Sent, "it is sent after all");
        Assert.Null(message.Failure);
    }

    [Fact]
    [Trait("Row", "S30")]
    public async Task One_is_sent_once_and_its_clone_is_a_message_of_its_own()
    {
        var message = _scene.Alice.Messages.Create(_conversation, MessageContent.OfText("hello"), new SendOptions { Id = MessageId.New(), ReplyTo = MessageId.New() });
        var sending = message.SendAsync();
        await _scene.Connection.RefuseAsync(await _scene.Connection.ExpectAsync(Methods.SendMessage), Refusals.PermissionDenied);
        await Assert.ThrowsAsync<ParleyRefusedException>(() => sending);

        Assert.Contains("Clone()", (await Assert.ThrowsAsync<InvalidOperationException>(() => message.SendAsync())).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => message.QueueAsync());
        var clone = message.Clone();
        Assert.NotEqual(message.Id, clone.Id);
        Assert.Equal((MessageState.Pending, message.Options.ReplyTo, message.Conversation), (clone.State, clone.Options.ReplyTo, clone.Conversation));
        var again = clone.SendAsync();
        var request = await _scene.Connection.ExpectAsync(Methods.SendMessage);
        Assert.Equal((clone.Id, "hello"), (request.As(ProtocolJson.Lenient.SendMessage).Message, request.As(ProtocolJson.Lenient.SendMessage).Content.PlainText()));
        await _scene.RecordAsync(request, 1);
        await again;
    }

    [Fact]
    [Trait("Row", "S30")]
    public async Task What_failed_before_it_was_in_line_is_pending_and_can_be_handed_in_again()
    {
        var folder = Directory.CreateTempSubdirectory("parley-made-");
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            var path = Path.Combine(folder.FullName, "later.txt");
            await using var alice = ClientOf(_scene.Server, options => new ParleyClientOptions
            {
                Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Store = new SpyStore(new MemoryStore()) { MayOpen = open.Task }, SendTimeout = TimeSpan.FromMilliseconds(20),
            });
            var message = alice.Messages.Create(_conversation, MessageContent.OfText("hello"), new SendOptions { Files = [new LocalFile(path)] });
            await Assert.ThrowsAsync<FileNotFoundException>(() => message.SendAsync());
            await Assert.ThrowsAsync<FileNotFoundException>(() => message.QueueAsync());
            await File.WriteAllTextAsync(path, "here");

            foreach (var hand in new Func<CancellationToken, Task>[] { message.SendAsync, message.QueueAsync })
            {
                using var giveUp = new CancellationTokenSource();
                var handing = hand(giveUp.Token);
                await Assert.ThrowsAsync<InvalidOperationException>(() => message.SendAsync());
                await giveUp.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handing);
                Assert.Equal(MessageState.Pending, message.State);
            }

            open.SetResult();
            await message.QueueAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(() => message.QueueAsync());
            await UntilAsync(() => message.State == MessageState.NotSent, "its time is over");
            await Assert.ThrowsAsync<InvalidOperationException>(() => message.SendAsync());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void One_that_says_nothing_is_not_made()
    {
        Assert.Throws<ArgumentException>(() => _scene.Alice.Messages.Create(_conversation, MessageContent.None));
        Assert.Throws<ArgumentException>(() => _scene.Alice.Messages.Create(_conversation, MessageContent.OfText("\ud800")));
    }
}
