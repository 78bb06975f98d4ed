using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley;
using Parley.Client;

namespace WorkerService;

/// <summary>Something that a user is to be told. Its id is that of whoever queued it.</summary>
internal sealed record Notification(string Id, UserId User, string Text);

/// <summary>Sends what is queued, one after the other.</summary>
internal sealed partial class Notifier(ParleyClient client, Channel<Notification> queue, ILogger<Notifier> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var notification in queue.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                // While the server is away this waits. A queue that delivers twice is harmless: the same id is recorded once.
                var conversation = await client.Conversations.DirectAsync(notification.User, stoppingToken);
                var entry = await client.Messages.SendAsync(conversation.Conversation, MessageContent.OfText(notification.Text), IdOf(notification), cancel: stoppingToken);
                Log.Sent(logger, notification.Id, entry.Sequence);
            }
            catch (ParleyRefusedException refused)
            {
                Log.Refused(logger, notification.Id, refused.Refusal.Code);
            }
            catch (ParleyException error)
            {
                // Not sent, or nobody knows yet. A real queue delivers it again: here it is lost, and said so.
                Log.Failed(logger, notification.Id, error);
            }
        }
    }

    private static MessageId IdOf(Notification notification) => new(new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(notification.Id)).AsSpan(0, 16)));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Notification {Id} is number {Sequence} of its conversation.")]
        public static partial void Sent(ILogger logger, string id, Sequence sequence);

        [LoggerMessage(2, LogLevel.Warning, "Notification {Id} was refused: {Code}.")]
        public static partial void Refused(ILogger logger, string id, string code);

        [LoggerMessage(3, LogLevel.Error, "Notification {Id} was not sent.")]
        public static partial void Failed(ILogger logger, string id, Exception error);
    }
}

/// <summary>The queue of this sample: lines of its input, <c>id user text</c>. The program stops where the input does.</summary>
internal sealed class ConsoleQueue(Channel<Notification> queue, IHostApplicationLifetime host) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await Console.In.ReadLineAsync(stoppingToken) is { } line)
        {
            if (line.Split(' ', 3) is [var id, var user, var text] && UserId.TryParse(user, out var whom)) await queue.Writer.WriteAsync(new Notification(id, whom, text), stoppingToken);
            else Console.WriteLine($"Not understood: {line}");
        }

        host.StopApplication();
    }
}
