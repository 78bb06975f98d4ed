using Parley.Content;
using Parley.Storage;

namespace Parley.Tests.Content;

/// <summary>Uploads of a test server, in the words of a test.</summary>
internal static class UploadWords
{
    public static Task<Outcome<ContentUploaded>> TryUploadAsync(this TestServer server, string user, byte[] bytes, string? declared = null, string? name = null) =>
        server.Node.Content.Uploader.ReceiveAsync(new UserKey(server.App, new UserId(user)), new NewFile(bytes.Length, declared, name), new MemoryStream(bytes), CancellationToken.None);

    public static async Task<ContentUploaded> UploadAsync(this TestServer server, string user, byte[] bytes, string? declared = null, string? name = null)
    {
        var outcome = await server.TryUploadAsync(user, bytes, declared, name);
        return outcome.Value ?? throw new InvalidOperationException($"{outcome.Refusal} {outcome.Refusal?.Detail}");
    }

    /// <summary>Sends a message of one file.</summary>
    public static Task<Outcome<LogEntry>> SendFileAsync(this TestServer server, string user, ConversationId to, ContentId content, MessageId? message = null) =>
        server.AskAsync<LogEntry>(server.As(user), new SendMessage(to, message ?? MessageId.New(), new MessageContent([MessagePart.OfContent("x/y", content)])));

    /// <summary>Looks once for what is to be deleted.</summary>
    public static Task CollectAsync(this TestServer server) => server.Node.Content.Collector.CollectAsync(CancellationToken.None);

    /// <summary>All files below the folder of content.</summary>
    public static IReadOnlyList<string> Files(this TestServer server) =>
        Directory.Exists(server.Content.Directory) ? Directory.GetFiles(server.Content.Directory!, "*", SearchOption.AllDirectories) : [];
}
