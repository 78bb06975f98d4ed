using System.Collections.Concurrent;
using Parley.Client;

namespace Parley.Chat;

/// <summary>Pictures and files: sending them, and where those that are shown are fetched.</summary>
/// <param name="client">Whose.</param>
/// <param name="clock">When an address has ended.</param>
/// <param name="notice">Something to tell the user.</param>
/// <param name="found">An address, of a part of a message in front.</param>
internal sealed class ChatFiles(ParleyClient client, TimeProvider clock, Action<string> notice, Action<TimelineMessage, MessagePart, ContentAddress> found) : IAsyncDisposable
{
    /// <summary>Of how many messages addresses are asked for, the newest first: each is a request.</summary>
    private const int MaxLinked = 20;

    private static readonly TimeSpan BetweenNotices = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _leaving = new();
    private readonly ConcurrentDictionary<Task, byte> _sending = new();
    /// <summary>Until when there is an address; the end of time while it is asked for.</summary>
    private readonly ConcurrentDictionary<(MessageId Message, ContentId Content), DateTimeOffset> _linked = new();

    /// <summary>Uploads a file and sends it. Completes when it is on the log, or was told to be not.</summary>
    public async Task SendAsync(ConversationId conversation, string path, string text)
    {
        var sending = UploadAndSendAsync(conversation, path, text);
        _sending[sending] = 0;
        await sending;
        _sending.TryRemove(sending, out _);
    }

    /// <summary>Asks for the addresses of what is shown and has none, or one that has ended.</summary>
    public void Look(ConversationId conversation, Timeline timeline)
    {
        var withFiles = timeline.Items.OfType<TimelineMessage>().Where(message => !message.IsRecalled && message.Content.Parts.Any(part => part.Content is not null));
        foreach (var message in withFiles.TakeLast(MaxLinked))
        {
            foreach (var part in message.Content.Parts)
            {
                if (part.Content is not { } content) continue;
                var key = (message.Message, content);
                if (_linked.TryGetValue(key, out var until) && until > clock.Now() + client.ServerTimeOffset) continue;
                _linked[key] = DateTimeOffset.MaxValue;
                _ = FindAsync(conversation, message, part, content);
            }
        }
    }

    /// <summary>Gives up what is not uploaded yet, at the server too.</summary>
    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await Task.WhenAll(_sending.Keys);
        _leaving.Dispose();
    }

    private async Task UploadAndSendAsync(ConversationId conversation, string path, string text)
    {
        var name = DisplayText.Line(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)));
        if (Directory.Exists(Expand(path)))
        {
            notice($"{name} is not sent: it is a folder.");
            return;
        }

        try
        {
            var uploaded = await client.Content.UploadFileAsync(Expand(path), new UploadOptions { Progress = new Progress(name, clock, notice) }, _leaving.Token);
            await client.Messages.SendAsync(conversation, MessageContent.Of(uploaded, text));
        }
        catch (ParleyException error)
        {
            notice($"{name} is not sent: {ChatSentences.Of(error)}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            notice($"{name} is not sent: {error.Message}");
        }
        catch (OperationCanceledException)
        {
            // Who leaves the chat gives it up.
        }
    }

    private async Task FindAsync(ConversationId conversation, TimelineMessage message, MessagePart part, ContentId content)
    {
        try
        {
            var address = await client.Content.GetUrlAsync(content, conversation, message.Message);
            _linked[(message.Message, content)] = address.ExpiresAt;
            found(message, part, address);
        }
        catch (Exception error) when (error is ParleyException or ObjectDisposedException)
        {
            // A picture without a link; it is asked again when the conversation changes.
            _linked.TryRemove((message.Message, content), out _);
        }
    }

    /// <summary>As a shell does, which is not asked here.</summary>
    private static string Expand(string path) =>
        path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]) : path;

    /// <summary>Tells how far it is every other second, so that of what is quick nothing is told.</summary>
    private sealed class Progress(string name, TimeProvider clock, Action<string> notice) : IProgress<ContentProgress>
    {
        private long _toldAt = clock.GetTimestamp();

        public void Report(ContentProgress value)
        {
            if (clock.GetElapsedTime(_toldAt) < BetweenNotices || value.Bytes == value.Total) return;
            _toldAt = clock.GetTimestamp();
            notice($"Sending {name}: {100 * value.Bytes / value.Total} % of {Size(value.Total)}");
        }

        private static string Size(long bytes) => bytes < 1_000_000 ? $"{(bytes + 999) / 1_000} kB" : FormattableString.Invariant($"{bytes / 1_000_000.0:0.#} MB");
    }
}
