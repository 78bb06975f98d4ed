using System.Collections.Concurrent;
using Parley.Moderation;

namespace Parley.Tests.Moderation;

/// <summary>Says of each message what a test told it to say of messages with this text; of others, that they pass.</summary>
internal sealed class ToldInterceptor : IMessageInterceptor
{
    private readonly ConcurrentDictionary<string, Func<Task<MessageVerdict>>> _told = new(StringComparer.Ordinal);

    /// <summary>What it was asked about, in order.</summary>
    public ConcurrentQueue<InterceptedMessage> Asked { get; } = new();

    public IEnumerable<string> Texts => Asked.Select(message => message.Content.PlainText());

    public void Say(string text, MessageVerdict verdict) => _told[text] = () => Task.FromResult(verdict);

    public void Throw(string text) => _told[text] = () => throw new InvalidOperationException("an interceptor of a test fails");

    /// <summary>Lets it think about a message until the test says what comes of it.</summary>
    public TaskCompletionSource<MessageVerdict> Think(string text)
    {
        var thinking = new TaskCompletionSource<MessageVerdict>(TaskCreationOptions.RunContinuationsAsynchronously);
        _told[text] = () => thinking.Task;
        return thinking;
    }

    /// <summary>Waits until it was asked about a message, or so often about messages with this text.</summary>
    public async Task AskedAsync(string text, int times = 1)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            if (Texts.Count(asked => asked == text) >= times) return;
            await Task.Delay(TimeSpan.FromMilliseconds(25), TimeProvider.System);
        }

        Assert.Fail($"It was not asked about {text}.");
    }

    public async ValueTask<MessageVerdict> InterceptAsync(InterceptedMessage message, CancellationToken cancel)
    {
        Asked.Enqueue(message);
        return _told.TryGetValue(message.Content.PlainText(), out var told) ? await told() : MessageVerdict.Pass;
    }
}
