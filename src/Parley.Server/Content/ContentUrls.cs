using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Parley.Storage;

namespace Parley.Content;

/// <summary>Makes addresses of content and reads them: signed with HMAC-SHA-256, each for one user, one content, the message he reads it in, and a while.</summary>
/// <remarks>The key is made of the installation's, under a label of its own: no other signature of this server is one of these. Another epoch has other ones.</remarks>
internal sealed class ContentUrls(Installation installation, ContentOptions options, TimeProvider clock)
{
    /// <summary>Where content is fetched.</summary>
    public const string Path = "/v1/content/";

    /// <summary>What an address carries behind the content's id.</summary>
    public const string Parameter = "access";

    private const byte Version = 1;
    private const int MacLength = HMACSHA256.HashSizeInBytes;
    private const int FixedLength = 1 + 4 + 8 + 1;
    private const int MaxLength = 400;

    private readonly byte[] _key = HMACSHA256.HashData(installation.Key, Encoding.ASCII.GetBytes($"parley content address {installation.Epoch:N}"));

    public ContentUrl Make(ContentAccess access)
    {
        // In whole seconds, as the address says it.
        var expires = DateTimeOffset.FromUnixTimeSeconds((clock.Now() + options.UrlLifetime).ToUnixTimeSeconds());
        var payload = Write(access, expires);
        return new ContentUrl($"{Path}{access.Content}?{Parameter}={Base64Url.EncodeToString((byte[])[.. payload, .. Sign(access.Content, payload)])}", expires);
    }

    /// <summary>What an address grants; refused when this server did not make it for this content, and when its time is over.</summary>
    public Outcome<ContentAccess> Read(ContentId content, string text)
    {
        if (text.Length > MaxLength || !Base64Url.IsValid(text)) return Refusals.NotFound;
        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length < FixedLength + MacLength) return Refusals.NotFound;
        var payload = bytes.AsSpan(0, bytes.Length - MacLength);
        if (!CryptographicOperations.FixedTimeEquals(Sign(content, payload), bytes.AsSpan(payload.Length))) return Refusals.NotFound;
        var (app, expires, hasUse) = (BinaryPrimitives.ReadInt32BigEndian(payload[1..]), BinaryPrimitives.ReadInt64BigEndian(payload[5..]), payload[13] == 1);
        if (clock.Now() >= DateTimeOffset.FromUnixTimeSeconds(expires)) return Refusals.UrlExpired;
        var rest = payload[FixedLength..];
        var use = hasUse ? (new ConversationId(new Guid(rest[..16], bigEndian: true)), new MessageId(new Guid(rest[16..32], bigEndian: true))) : default((ConversationId, MessageId)?);
        return new ContentAccess(new UserKey(new AppId(app), new UserId(Encoding.UTF8.GetString(rest[(hasUse ? 32 : 0)..]))), content, use);
    }

    private static byte[] Write(ContentAccess access, DateTimeOffset expires)
    {
        var user = Encoding.UTF8.GetBytes(access.User.User.Value);
        var bytes = new byte[FixedLength + (access.Use is null ? 0 : 32) + user.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), access.User.App.Number);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(5), expires.ToUnixTimeSeconds());
        if (access.Use is var (conversation, message))
        {
            bytes[13] = 1;
            conversation.Value.TryWriteBytes(bytes.AsSpan(14), bigEndian: true, out _);
            message.Value.TryWriteBytes(bytes.AsSpan(30), bigEndian: true, out _);
        }

        user.CopyTo(bytes, bytes.Length - user.Length);
        return bytes;
    }

    private byte[] Sign(ContentId content, ReadOnlySpan<byte> payload) => HMACSHA256.HashData(_key, (byte[])[.. Encoding.ASCII.GetBytes(content.Value), .. payload]);
}

/// <summary>What an address grants.</summary>
/// <param name="User">To whom.</param>
/// <param name="Content">What.</param>
/// <param name="Use">In which message he reads it; null for what he uploaded himself.</param>
internal sealed record ContentAccess(UserKey User, ContentId Content, (ConversationId Conversation, MessageId Message)? Use);
