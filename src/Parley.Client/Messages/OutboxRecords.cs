using System.Buffers;
using System.Text.Json;

namespace Parley.Client;

/// <summary>What the outbox keeps in the store on the device: what is not settled, whose it is, and the device's own name.</summary>
/// <remarks>
/// A record is a JSON object: <c>at</c>, <c>left</c>, and of a message <c>send</c>, its request, with <c>files</c>, what is to be uploaded for it, where there are some; of another change <c>method</c> and <c>request</c>. Members that
/// it does not know are passed over, and what a later version put into <c>method</c> is sent as it stands.
/// </remarks>
internal sealed class OutboxRecords(LocalStore store)
{
    private const string Kind = "outbox";
    private const string MovedKind = "moved";
    private static readonly LocalKey OwnerKey = new("owner", "", 0);
    private static readonly LocalKey DeviceKey = new("device", "", 0);

    /// <summary>How long a chosen id is remembered after its conversation turned out to have another: longer than anything waits that was handed in under it.</summary>
    private static readonly TimeSpan MovedFor = TimeSpan.FromDays(30);

    /// <summary>Whose they are; null until the first session.</summary>
    public UserId? Owner { get; private set; }

    /// <summary>Opens the store, and reads what an earlier run left, in the order of the calls.</summary>
    /// <param name="given">The device that the program says this is; null for the one that the store knows.</param>
    /// <param name="otherwise">What it is called when neither says.</param>
    /// <param name="now">By the device's clock.</param>
    /// <exception cref="LocalStoreException">It cannot be used.</exception>
    public async Task<KeptOutbox> OpenAsync(DeviceId? given, DeviceId otherwise, DateTimeOffset now)
    {
        await store.OpenAsync().ConfigureAwait(false);
        Owner = await TextAsync(OwnerKey).ConfigureAwait(false) is { } owner ? new UserId(owner) : null;
        var device = given ?? (await TextAsync(DeviceKey).ConfigureAwait(false) is { } known ? new DeviceId(known) : otherwise);
        var moved = await store.ReadAsync(new LocalRange(MovedKind)).ConfigureAwait(false);
        KeptOutgoing[] items = [.. (await store.ReadAsync(new LocalRange(Kind)).ConfigureAwait(false)).Select(Read)];
        // Unless somebody waits for ever.
        var named = items.SelectMany(one => new[] { $"{one.Item.Lane}", $"{one.Item.Source}" }).ToHashSet();
        var old = moved.Where(record => record.Key.Number < (now - MovedFor).ToUnixTimeMilliseconds() && !named.Contains(record.Key.Scope)).Select(record => record.Key).ToHashSet();
        await store.WriteAsync([TextOf(DeviceKey, device.Value), .. old.Select(key => new LocalChange(key, null))]).ConfigureAwait(false);
        return new KeptOutbox(device, items, [.. moved.Where(record => !old.Contains(record.Key)).Select(ReadMoved)]);
    }

    /// <summary>Says whose they are from now on.</summary>
    public async Task OwnAsync(UserId user)
    {
        await store.WriteAsync([OwnerOf(user)]).ConfigureAwait(false);
        Owner = user;
    }

    /// <summary>What says whose the store is.</summary>
    public static LocalChange OwnerOf(UserId user) => TextOf(OwnerKey, user.Value);

    /// <summary>Keeps one, and forgets those in whose place it comes; completes when that is durable.</summary>
    public ValueTask PutAsync(Outgoing item, LeavesDevice leaves, IReadOnlyList<Outgoing>? covered = null) =>
        store.WriteAsync([new LocalChange(KeyOf(item), Write(item, leaves)), .. (covered ?? []).Select(one => new LocalChange(KeyOf(one), null))]);

    /// <summary>Keeps some as they are now, and that their conversation has another id than was chosen; completes when all of that is durable.</summary>
    public ValueTask MoveAsync(ConversationId chosen, ConversationId older, DateTimeOffset now, IReadOnlyList<Outgoing> items) => store.WriteAsync(
    [
        new LocalChange(new LocalKey(MovedKind, $"{chosen}", now.ToUnixTimeMilliseconds()), System.Text.Encoding.UTF8.GetBytes($"{older}")),
        .. items.Select(item => new LocalChange(KeyOf(item), Write(item, item.IsMarked ? LeavesDevice.Perhaps : LeavesDevice.No))),
    ]);

    /// <summary>Forgets some, all or none of them; completes when that is durable.</summary>
    public ValueTask RemoveAsync(IReadOnlyList<Outgoing> items) => store.WriteAsync([.. items.Select(item => new LocalChange(KeyOf(item), null))]);

    private static LocalKey KeyOf(Outgoing item) => new(Kind, "", item.Order);

    private static ReadOnlyMemory<byte> Write(Outgoing item, LeavesDevice leaves)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            writer.WriteNumber("at", item.At.ToUnixTimeMilliseconds());
            writer.WriteBoolean("left", leaves == LeavesDevice.Perhaps);
            if (item is OutgoingMessage message)
            {
                writer.WritePropertyName("send");
                JsonSerializer.Serialize(writer, message.RequestWithoutFiles, ProtocolJson.Lenient.SendMessage);
                if (message.Files.Count > 0) OutgoingFile.Write(writer, message.Files);
            }
            else
            {
                var change = ((OutgoingChange)item).Change;
                writer.WriteString("method", change.Method);
                writer.WritePropertyName("request");
                // Byte for byte: the server compares what comes under one id.
                writer.WriteRawValue(change.Json.Span, skipInputValidation: true);
            }

            writer.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    private static KeptOutgoing Read(LocalRecord record)
    {
        try
        {
            using var document = JsonDocument.Parse(record.Value);
            var json = document.RootElement;
            Outgoing item = json.TryGetProperty("send", out var send) ? ReadMessage(json, send) : ReadChange(json);
            item.Order = record.Key.Number;
            item.At = DateTimeOffset.FromUnixTimeMilliseconds(json.GetProperty("at").GetInt64());
            return new KeptOutgoing(item, json.GetProperty("left").GetBoolean() ? LeavesDevice.Perhaps : LeavesDevice.No);
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new LocalStoreException(LocalStoreFailure.Damaged, $"What waits in the store cannot be read ({record.Key}). Delete the store; what was not sent yet is lost with it.", unreadable);
        }
    }

    private static OutgoingMessage ReadMessage(JsonElement json, JsonElement send)
    {
        var request = send.Deserialize(ProtocolJson.Lenient.SendMessage)!;
        return new OutgoingMessage(request.Conversation, request.Message, request.Content, TimeSpan.Zero, SendOptions.Of(request)) { Files = json.TryGetProperty("files", out var files) ? OutgoingFile.Read(files) : [] };
    }

    private static OutgoingChange ReadChange(JsonElement json) =>
        new(ChangeKinds.Of(json.GetProperty("method").GetString()!).Read(System.Text.Encoding.UTF8.GetBytes(json.GetProperty("request").GetRawText())), TimeSpan.Zero);

    private static (ConversationId Chosen, ConversationId Older) ReadMoved(LocalRecord record)
    {
        if (!Guid.TryParse(record.Key.Scope, out var chosen) || !Guid.TryParse(System.Text.Encoding.UTF8.GetString(record.Value.Span), out var older))
            throw new LocalStoreException(LocalStoreFailure.Damaged, $"What the store says of a conversation cannot be read ({record.Key}). Delete the store; what was not sent yet is lost with it.");
        return (new ConversationId(chosen), new ConversationId(older));
    }

    private async Task<string?> TextAsync(LocalKey key)
    {
        var found = await store.ReadAsync(new LocalRange(key.Kind, key.Scope) { After = key.Number - 1, Before = key.Number + 1 }).ConfigureAwait(false);
        return found is [var record] ? System.Text.Encoding.UTF8.GetString(record.Value.Span) : null;
    }

    private static LocalChange TextOf(LocalKey key, string text) => new(key, System.Text.Encoding.UTF8.GetBytes(text));
}

/// <summary>What an earlier run left.</summary>
/// <param name="Device">What this installation is called.</param>
/// <param name="Items">What is not settled, in the order handed in.</param>
/// <param name="Moved">Conversations that have another id than was chosen.</param>
internal sealed record KeptOutbox(DeviceId Device, IReadOnlyList<KeptOutgoing> Items, IReadOnlyList<(ConversationId Chosen, ConversationId Older)> Moved);

/// <summary>One of an earlier run.</summary>
/// <param name="Item">It.</param>
/// <param name="Left">Whether the server may have a copy.</param>
internal sealed record KeptOutgoing(Outgoing Item, LeavesDevice Left);

/// <summary>Whether a copy may have left the device. Written before it does: who died in between must not think that it never did.</summary>
internal enum LeavesDevice
{
    No,
    Perhaps,
}
