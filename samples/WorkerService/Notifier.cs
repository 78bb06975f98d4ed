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

/// <summary>Sends what is queued, one after the other. The program stops when the queue has ended and all of it is sent.</summary>
internal sealed partial class Notifier(ParleyClient client, Channel<Notification> queue, IHostApplicationLifetime host, ILogger<Notifier> logger) : BackgroundService
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
            catch (Exception error) when (error is ParleyException or OperationCanceledException)
            {
                // Not sent, or nobody knows yet. A real queue delivers it again: here it is lost, and said so. That goes for what is still queued when the host is stopped, too.
                Log.Failed(logger, notification.Id, error);
            }
        }

        host.StopApplication();
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

/// <summary>The queue of this sample: lines of its input, <c>id user text</c>. It ends where the input does.</summary>
internal sealed class ConsoleQueue(Channel<Notification> queue) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Nothing stops one who reads from a console: he is left to it, and the program ends without him.
        while (await Task.Run(Console.ReadLine, CancellationToken.None).WaitAsync(stoppingToken) is { } line)
        {
            if (line.Split(' ', 3) is [var id, var user, var text] && UserId.TryParse(user, out var whom)) await queue.Writer.WriteAsync(new Notification(id, whom, text), stoppingToken);
            else Console.WriteLine($"Not understood: {line}");
        }

        queue.Writer.Complete();
    }
}
