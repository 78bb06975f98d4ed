using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Storage;

/// <summary>Opaque tokens that say where a list goes on: signed, and good for one user, one list and one epoch only.</summary>
internal sealed class PageTokens(Installation installation)
{
    private const int MacLength = 16;
    private const int MaxLength = 200;
    private const string Changes = "inbox.changes";
    private const int ChangesNumbers = 5;

    /// <summary>What is said of a token that is none of the feed of changes.</summary>
    public static Refusal NoChanges => Refusals.InvalidParams.Because("$.since: not a token of this list and user");

    /// <summary>A token of the feed of changes.</summary>
    /// <param name="user">Whose feed.</param>
    /// <param name="from">The change number from which on it goes on.</param>
    /// <param name="place">Where between the pages of one feed.</param>
    public string MakeChanges(UserKey user, long from, (long Change, long High, long Low, long Next) place) =>
        Make(Changes, user, from, place.Change, place.High, place.Low, place.Next);

    /// <summary>The numbers of a token of the feed of changes, the one from which on it goes on first.</summary>
    public long[]? ReadChanges(UserKey user, string token) => Read(Changes, user, token, ChangesNumbers);

    /// <summary>A token of some numbers.</summary>
    public string Make(string list, UserKey user, params ReadOnlySpan<long> numbers)
    {
        Span<byte> bytes = stackalloc byte[numbers.Length * 8 + MacLength];
        for (var index = 0; index < numbers.Length; index++) BinaryPrimitives.WriteInt64BigEndian(bytes[(index * 8)..], numbers[index]);
        Sign(list, user, bytes[..^MacLength], bytes[^MacLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The numbers of a token; null when it was not made in this history, for this list and user.</summary>
    public long[]? Read(string list, UserKey user, string token, int count)
    {
        // What is no base64url at all is not just undecodable: the decoder throws.
        if (token.Length > MaxLength || !Base64Url.IsValid(token)) return null;
        Span<byte> bytes = stackalloc byte[MaxLength];
        if (!Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != count * 8 + MacLength) return null;
        bytes = bytes[..length];
        Span<byte> mac = stackalloc byte[MacLength];
        Sign(list, user, bytes[..^MacLength], mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[^MacLength..])) return null;
        var numbers = new long[count];
        for (var index = 0; index < count; index++) numbers[index] = BinaryPrimitives.ReadInt64BigEndian(bytes[(index * 8)..]);
        return numbers;
    }

    /// <summary>A token of the last row of a page, by its name.</summary>
    public string MakeAfter(string list, UserKey user, string name)
    {
        var payload = Encoding.UTF8.GetBytes(name);
        var bytes = new byte[payload.Length + MacLength];
        payload.CopyTo(bytes, 0);
        Sign(list, user, payload, bytes.AsSpan(payload.Length));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The name in a token of <see cref="MakeAfter"/>; null when it was not made in this history, for this list and user.</summary>
    public string? ReadAfter(string list, UserKey user, string token)
    {
        if (token.Length > MaxLength || !Base64Url.IsValid(token)) return null;
        var bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length < MacLength) return null;
        Span<byte> mac = stackalloc byte[MacLength];
        Sign(list, user, bytes.AsSpan(0, bytes.Length - MacLength), mac);
        return CryptographicOperations.FixedTimeEquals(mac, bytes.AsSpan(bytes.Length - MacLength)) ? Encoding.UTF8.GetString(bytes[..^MacLength]) : null;
    }

    private void Sign(string list, UserKey user, ReadOnlySpan<byte> payload, Span<byte> mac)
    {
        var scope = Encoding.UTF8.GetBytes($"{installation.Epoch:N}\n{list}\n{user.App.Number}\n{user.User}\n");
        Span<byte> full = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(installation.Key, (byte[])[.. scope, .. payload], full);
        full[..MacLength].CopyTo(mac);
    }
}
