using System.Buffers;
using System.Text.Json;

namespace Parley.Client;

/// <summary>What the outbox keeps in the store on the device: each message that is not settled, whose it is, and the device's own name.</summary>
internal sealed class OutboxRecords(LocalStore store)
{
    private const string Kind = "outbox";
    private static readonly LocalKey OwnerKey = new("owner", "", 0);
    private static readonly LocalKey DeviceKey = new("device", "", 0);

    /// <summary>Whose messages they are; null until the first session.</summary>
    public UserId? Owner { get; private set; }

    /// <summary>Opens the store, and reads what an earlier run left, in the order of the calls.</summary>
    /// <param name="given">The device that the program says this is; null for the one that the store knows.</param>
    /// <param name="otherwise">What it is called when neither says.</param>
    /// <exception cref="LocalStoreException">It cannot be used.</exception>
    public async Task<(DeviceId Device, IReadOnlyList<KeptMessage> Messages)> OpenAsync(DeviceId? given, DeviceId otherwise)
    {
        await store.OpenAsync().ConfigureAwait(false);
        Owner = await TextAsync(OwnerKey).ConfigureAwait(false) is { } owner ? new UserId(owner) : null;
        var device = given ?? (await TextAsync(DeviceKey).ConfigureAwait(false) is { } known ? new DeviceId(known) : otherwise);
        await store.WriteAsync([TextOf(DeviceKey, device.Value)]).ConfigureAwait(false);
        var records = await store.ReadAsync(new LocalRange(Kind)).ConfigureAwait(false);
        return (device, [.. records.Select(Read)]);
    }

    /// <summary>Says whose they are from now on.</summary>
    public async Task OwnAsync(UserId user)
    {
        await store.WriteAsync([OwnerOf(user)]).ConfigureAwait(false);
        Owner = user;
    }

    /// <summary>What says whose the store is.</summary>
    public static LocalChange OwnerOf(UserId user) => TextOf(OwnerKey, user.Value);

    /// <summary>Keeps a message; completes when it is durable.</summary>
    public ValueTask PutAsync(OutgoingMessage message, LeavesDevice leaves) => store.WriteAsync([new LocalChange(KeyOf(message), Write(message, leaves))]);

    /// <summary>Forgets one; completes when that is durable.</summary>
    public ValueTask RemoveAsync(OutgoingMessage message) => store.WriteAsync([new LocalChange(KeyOf(message), null)]);

    private static LocalKey KeyOf(OutgoingMessage message) => new(Kind, "", message.Order);

    private static ReadOnlyMemory<byte> Write(OutgoingMessage message, LeavesDevice leaves)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            writer.WriteNumber("at", message.At.ToUnixTimeMilliseconds());
            writer.WriteBoolean("left", leaves == LeavesDevice.Perhaps);
            writer.WritePropertyName("send");
            JsonSerializer.Serialize(writer, message.Request, ProtocolJson.Lenient.SendMessage);
            writer.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    private static KeptMessage Read(LocalRecord record)
    {
        try
        {
            using var json = JsonDocument.Parse(record.Value);
            var request = json.RootElement.GetProperty("send").Deserialize(ProtocolJson.Lenient.SendMessage)!;
            return new KeptMessage(
                record.Key.Number, request, DateTimeOffset.FromUnixTimeMilliseconds(json.RootElement.GetProperty("at").GetInt64()),
                json.RootElement.GetProperty("left").GetBoolean() ? LeavesDevice.Perhaps : LeavesDevice.No);
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new LocalStoreException(LocalStoreFailure.Damaged, $"A message that waits in the store cannot be read ({record.Key}). Delete the store; what was not sent yet is lost with it.", unreadable);
        }
    }

    private async Task<string?> TextAsync(LocalKey key)
    {
        var found = await store.ReadAsync(new LocalRange(key.Kind, key.Scope) { After = key.Number - 1, Before = key.Number + 1 }).ConfigureAwait(false);
        return found is [var record] ? System.Text.Encoding.UTF8.GetString(record.Value.Span) : null;
    }

    private static LocalChange TextOf(LocalKey key, string text) => new(key, System.Text.Encoding.UTF8.GetBytes(text));
}

/// <summary>A message of an earlier run.</summary>
/// <param name="Order">Its place among all.</param>
/// <param name="Request">What it asks.</param>
/// <param name="At">When it was handed in, by the device's clock.</param>
/// <param name="Left">Whether the server may have a copy.</param>
internal sealed record KeptMessage(long Order, SendMessage Request, DateTimeOffset At, LeavesDevice Left);

/// <summary>Whether a copy may have left the device. Written before it does: who died in between must not think that it never did.</summary>
internal enum LeavesDevice
{
    No,
    Perhaps,
}
