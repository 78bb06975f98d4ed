using System.Text.Json;

namespace Parley.Tests.Content;

/// <summary>Messages with files, in the text of the wire.</summary>
internal static class FileTalk
{
    public static async Task<Guid> CreateGroupAsync(this UploadClient client, params string[] others)
    {
        var group = Guid.NewGuid();
        var answer = await client.AskAsync(Methods.CreateConversation, $$"""{"conversation":"{{group}}","kind":"group","participants":{{JsonSerializer.Serialize(others)}}}""");
        Assert.True(answer.TryGetProperty("entry", out _) || answer.TryGetProperty("conversation", out _), answer.GetRawText());
        return group;
    }

    /// <summary>Sends content; the whole answer.</summary>
    public static Task<JsonElement> SendFileAsync(this UploadClient client, Guid conversation, ContentId content, Guid? message = null, string more = "") =>
        client.AskAsync(
            Methods.SendMessage,
            $$$"""{"conversation":"{{{conversation}}}","message":"{{{message ?? Guid.NewGuid()}}}","content":{"parts":[{"type":"text/plain","body":"look"},{"type":"image/x","content":"{{{content}}}"{{{more}}}}]}}""");

    public static Task<JsonElement> RecallAsync(this UploadClient client, Guid conversation, Guid message) =>
        client.AskAsync(Methods.RecallMessage, $$"""{"conversation":"{{conversation}}","commandId":"{{Guid.NewGuid()}}","message":"{{message}}"}""");

    public static Task<JsonElement> EditFileAsync(this UploadClient client, Guid conversation, Guid message, ContentId content) =>
        client.AskAsync(
            Methods.EditMessage,
            $$$"""{"conversation":"{{{conversation}}}","commandId":"{{{Guid.NewGuid()}}}","message":"{{{message}}}","content":{"parts":[{"type":"x/y","content":"{{{content}}}"}]}}""");

    public static Task<JsonElement> ForwardAsync(this UploadClient client, Guid from, Guid original, Guid to, Guid? message = null) =>
        client.AskAsync(Methods.ForwardMessage, $$"""{"conversation":"{{to}}","message":"{{message ?? Guid.NewGuid()}}","from":"{{from}}","original":"{{original}}"}""");

    /// <summary>The code of a refusal; null for what was done.</summary>
    public static string? CodeOf(JsonElement answer) => answer.TryGetProperty("code", out var code) ? code.GetString() : null;

    public static string? DetailOf(JsonElement answer) => answer.TryGetProperty("detail", out var detail) ? detail.GetString() : null;

    /// <summary>Whether somebody can fetch what a message refers to.</summary>
    public static async Task<bool> FetchesAsync(this UploadClient client, ContentId content, Guid conversation, Guid message)
    {
        var answer = await client.AskAsync(Methods.GetContentUrl, $$"""{"content":"{{content}}","conversation":"{{conversation}}","message":"{{message}}"}""");
        if (!answer.TryGetProperty("url", out var url)) return false;
        using var fetched = await client.FetchAsync(url.GetString()!);
        return fetched.IsSuccessStatusCode;
    }
}
