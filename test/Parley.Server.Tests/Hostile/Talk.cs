using System.Text.Json;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>What a client says in most of these tests, in the text of the wire.</summary>
internal static class Talk
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Creates a group and answers its id.</summary>
    public static async Task<Guid> CreateGroupAsync(this ITalker client, params string[] others)
    {
        var group = Guid.NewGuid();
        Assert.Null(CodeOf(await client.AskAsync(Methods.CreateConversation, Group(group, others))));
        return group;
    }

    public static Task<JsonElement> SayAsync(this ITalker client, Guid conversation, string text, Guid? message = null) =>
        client.AskAsync(Methods.SendMessage, Message(conversation, text, message));

    public static Task<JsonElement> EntriesAsync(this ITalker client, Guid conversation, string more = "") =>
        client.AskAsync(Methods.ReadEntries, $$"""{"conversation":"{{conversation}}"{{more}}}""");

    /// <summary>The newest page of the log, byte by byte.</summary>
    public static async Task<string> LogAsync(this ITalker client, Guid conversation) =>
        (await client.EntriesAsync(conversation)).GetProperty("result").GetRawText();

    /// <summary>The code of a refusal; null for a result.</summary>
    public static string? CodeOf(JsonElement answer) =>
        answer.TryGetProperty("error", out var error) ? error.GetProperty("data").GetProperty("code").GetString() : null;

    public static string? DetailOf(JsonElement answer) =>
        answer.TryGetProperty("error", out var error) && error.GetProperty("data").TryGetProperty("detail", out var detail) ? detail.GetString() : null;

    public static long SequenceOf(JsonElement answer) => answer.GetProperty("result").GetProperty("sequence").GetInt64();

    /// <summary>The text of a message's entry.</summary>
    public static string? TextOf(JsonElement entry) =>
        entry.GetProperty("event").TryGetProperty("content", out var content) ? content.GetProperty("parts")[0].GetProperty("body").GetString() : null;

    public static string Group(Guid group, params string[] others) =>
        $$"""{"conversation":"{{group}}","kind":"group","participants":{{JsonSerializer.Serialize(others)}}}""";

    public static string Message(Guid conversation, string text, Guid? message = null) =>
        $$$"""{"conversation":"{{{conversation}}}","message":"{{{message ?? Guid.NewGuid()}}}","content":{"parts":[{"type":"text/plain","body":{{{Quoted(text)}}}}]}}""";

    /// <summary>A JSON string, with no more escapes than it needs.</summary>
    public static string Quoted(string text) => JsonSerializer.Serialize(text, Plain);

    /// <summary>Waits until a push with such params has come, and returns them; fails when none does within a few seconds.</summary>
    public static async Task<JsonElement> PushedAsync(this RawClient client, Func<JsonElement, bool> holds)
    {
        for (var tries = 0; tries < 100; tries++)
        {
            var found = (await client.PushedAsync()).Select(push => push.GetProperty("params")).Where(holds).ToArray();
            if (found.Length > 0) return found[^1];
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        throw new InvalidOperationException("It did not come in five seconds.");
    }

    /// <summary>Reads on until nothing more comes: the answer to a last request follows all that was pushed before it.</summary>
    public static async Task<IReadOnlyList<JsonElement>> PushedAsync(this RawClient client)
    {
        await client.AskAsync(Methods.ListInbox, """{"limit":1}""", id: "last");
        return client.Notifications;
    }
}
