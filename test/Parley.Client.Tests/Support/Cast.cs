using System.Collections.Concurrent;

namespace Parley.Client.Tests.Support;

/// <summary>Who plays, and what they say.</summary>
internal static class Cast
{
    public static readonly UserId Alice = new("alice");
    public static readonly UserId Bob = new("bob");
    public static readonly UserId Carol = new("carol");

    private static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    public static LogEntry Says(this UserId sender, ConversationId conversation, long sequence, string text, MessageId? id = null) =>
        new(conversation, new Sequence(sequence), Start.AddSeconds(sequence), new MessageSent(id ?? MessageId.New(), sender, MessageContent.OfText(text)));

    public static LogEntry Recorded(this SendMessage sent, UserId sender, long sequence) =>
        new(sent.Conversation, new Sequence(sequence), Start.AddSeconds(sequence), new MessageSent(sent.Message, sender, sent.Content));

    public static LogEntry Happened(this ConversationEvent happened, ConversationId conversation, long sequence) =>
        new(conversation, new Sequence(sequence), Start.AddSeconds(sequence), happened);

    public static string Text(this LogEntry entry) => ((MessageSent)entry.Event).Content.PlainText();

    /// <summary>A client of alice with short waits.</summary>
    public static ParleyClient ClientOf(ScriptedServer server, Func<ParleyClientOptions, ParleyClientOptions>? change = null) =>
        ClientOf(server.Address, change);

    public static ParleyClient ClientOf(Uri address, Func<ParleyClientOptions, ParleyClientOptions>? change = null)
    {
        var options = new ParleyClientOptions { Endpoint = address, TokenProvider = _ => ValueTask.FromResult("token-of-alice") };
        // Reconnects at once, so that no test waits for the jitter.
        return new ParleyClient(change is null ? options : change(options), () => 0.001);
    }

    /// <summary>Waits until it is so.</summary>
    public static Task UntilAsync(Func<bool> so, string what, int seconds = 40) => UntilAsync(() => Task.FromResult(so()), what, seconds);

    /// <summary>Waits until it is so, asking again and again.</summary>
    public static async Task UntilAsync(Func<Task<bool>> so, string what, int seconds = 40)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await so())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(seconds), $"It never came to this: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}

/// <summary>Everything that a client told, in order.</summary>
internal sealed class Told
{
    public Told(ParleyClient client)
    {
        client.EntryReceived += (_, e) => Entries.Enqueue(e.Entry);
        client.MessageReceived += (_, e) => Received.Enqueue(e.Entry);
        client.MessageSent += (_, e) => Sent.Enqueue(e.Entry);
        client.MessageDelivered += (_, e) => Delivered.Enqueue((e.Message, e.Recipient));
        client.MessageRead += (_, e) => Read.Enqueue((e.Message, e.Recipient));
        client.StateChanged += (_, e) => States.Enqueue(e);
        client.MessageSettled += (_, e) => Settled.Enqueue(e);
        client.ChangeSettled += (_, e) => Changes.Enqueue(e);
        client.HistoryReset += (_, e) => Resets.Enqueue(e);
        client.ListenerFailed += (_, e) => Failures.Enqueue(e);
    }

    public ConcurrentQueue<LogEntry> Entries { get; } = [];

    public ConcurrentQueue<LogEntry> Received { get; } = [];

    public ConcurrentQueue<LogEntry> Sent { get; } = [];

    public ConcurrentQueue<(MessageId Message, UserId Recipient)> Delivered { get; } = [];

    public ConcurrentQueue<(MessageId Message, UserId Recipient)> Read { get; } = [];

    public ConcurrentQueue<ConnectionStateChangedEventArgs> States { get; } = [];

    public ConcurrentQueue<MessageSettledEventArgs> Settled { get; } = [];

    public ConcurrentQueue<ChangeSettledEventArgs> Changes { get; } = [];

    public ConcurrentQueue<HistoryResetEventArgs> Resets { get; } = [];

    public ConcurrentQueue<ListenerFailedEventArgs> Failures { get; } = [];
}
