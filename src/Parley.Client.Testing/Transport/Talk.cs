using System.Runtime.InteropServices;
using System.Text.Json;

namespace Parley.Client.Testing.Transport;

/// <summary>A request, an answer or a push.</summary>
/// <param name="Raw">As JSON.</param>
/// <param name="Id">Of a request or an answer, as JSON.</param>
/// <param name="Method">Of a request or a push; of an answer, that of its request.</param>
/// <param name="IsAnswer">Whether it answers.</param>
internal sealed record Item(byte[] Raw, string? Id, string Method, bool IsAnswer)
{
    public bool IsPush => Id is null && !Method.StartsWith("session.", StringComparison.Ordinal);
}

/// <summary>What is said on one WebSocket, and which of its requests have no answer yet.</summary>
internal sealed class Talk
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _asked = [];

    /// <summary>Requests that are with the server.</summary>
    public int Unanswered
    {
        get
        {
            lock (_gate) return _asked.Count;
        }
    }

    /// <summary>Takes a message apart: one item, or an array of them; null when it is no JSON.</summary>
    public IReadOnlyList<Item>? Read(ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Array ? [.. document.RootElement.EnumerateArray().Select(ReadItem)] : [ReadItem(document.RootElement)];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Items as one message.</summary>
    public static byte[] Write(IReadOnlyList<Item> items) =>
        items.Count == 1 ? items[0].Raw : [(byte)'[', .. items.SelectMany((item, index) => index == 0 ? item.Raw : [(byte)',', .. item.Raw]), (byte)']'];

    /// <summary>A request goes to the server.</summary>
    public void Asked(Item request)
    {
        if (request.Id is not { } id) return;
        lock (_gate) _asked[id] = request.Method;
    }

    private Item ReadItem(JsonElement item)
    {
        var raw = JsonMarshal.GetRawUtf8Value(item).ToArray();
        var id = item.TryGetProperty("id"u8, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetRawText() : null;
        if (item.TryGetProperty("method"u8, out var method)) return new Item(raw, id, method.GetString() ?? "", IsAnswer: false);
        lock (_gate) return new Item(raw, id, id is not null && _asked.Remove(id, out var asked) ? asked : "", IsAnswer: true);
    }
}
