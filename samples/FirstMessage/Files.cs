using Parley;
using Parley.Client;

namespace FirstMessage;

/// <summary>What the guide shows of pictures and files.</summary>
internal static class Files
{
    public static async Task SendAsync(ParleyClient client, ConversationId conversation)
    {
        // docs: picture
        var picture = await client.Content.UploadFileAsync("sunset.jpg");
        await client.Messages.SendAsync(conversation, MessageContent.Of(picture, "Look where I am"));
        // docs: end
    }

    public static async Task<ContentUploaded?> UploadAsync(ParleyClient client, string path, CancellationToken giveUp)
    {
        // docs: upload
        if (FileType.KindOf(path) != ContentKind.Video) return null;    // what the name says; the server looks at the bytes
        var options = new UploadOptions
        {
            Started = content => Console.WriteLine($"{content} has begun"),
            Progress = new Progress<ContentProgress>(now => Console.WriteLine($"{now.Bytes} of {now.Total} bytes")),
        };
        try
        {
            return await client.Content.UploadFileAsync(path, options, giveUp);
        }
        catch (ParleyRefusedException refused)
        {
            Console.WriteLine($"Not taken: {refused.Refusal.Code}");    // too_large, content_refused, quota_exceeded, …
        }
        catch (ParleyConnectionException)
        {
            Console.WriteLine("No server for five minutes. What it has it keeps for a day.");
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("Given up, at the server too.");
        }
        // docs: end
        return null;
    }

    public static async Task<ContentUploaded> GoOnAsync(ParleyClient client, ContentId content, string path)
    {
        // docs: resume
        await using var file = File.OpenRead(path);
        var uploaded = await client.Content.ResumeAsync(content, file);
        // docs: end
        return uploaded;
    }

    public static async Task FetchAsync(ParleyClient client, LogEntry entry, Stream file)
    {
        // docs: fetch
        var message = (MessageSent)entry.Event;
        foreach (var part in message.Content.Parts)
        {
            if (part.Content is not { } content) continue;
            await client.Content.DownloadAsync(content, entry.Conversation, message.Message, file);         // the bytes, compared with their hash
            var address = await client.Content.GetUrlAsync(content, entry.Conversation, message.Message);   // or where they are, until ExpiresAt
            Console.WriteLine($"{part.Kind} {part.Name}, {part.Size} bytes: {address.Url}");
        }
        // docs: end
    }

    public static ParleyClientOptions Through(HttpMessageHandler handler, Uri endpoint, Func<CancellationToken, ValueTask<string>> tokens)
    {
        // docs: handler
        var options = new ParleyClientOptions { Endpoint = endpoint, TokenProvider = tokens, HttpHandler = handler };
        // docs: end
        return options;
    }
}
