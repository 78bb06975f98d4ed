using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Parley.Storage;

namespace Parley.Content;

/// <summary>Makes addresses of files that have arrived and that somebody is asked about, and reads them: signed with HMAC-SHA-256, each for one upload, and good only while he is asked.</summary>
/// <remarks>
/// The node that asks knows when that is over, and ends what is being fetched then. Another node, to which the request may come, knows the time that the address says at most, and that what became of the upload is
/// not where it was.
/// </remarks>
internal sealed class AskedFiles(Installation installation, ContentFolders folders, TimeProvider clock)
{
    /// <summary>What an address carries behind the content's id.</summary>
    public const string Parameter = "asked";

    private const byte Version = 1;
    private const int MacLength = HMACSHA256.HashSizeInBytes;
    private const int Length = 1 + 4 + 8 + 16 + MacLength;

    private readonly byte[] _key = HMACSHA256.HashData(installation.Key, Encoding.ASCII.GetBytes($"parley address of an asked file {installation.Epoch:N}"));
    private readonly Guid _node = Guid.NewGuid();
    private readonly ConcurrentDictionary<ContentKey, AskedFile> _asked = [];

    /// <summary>Makes an address; it ends when it is disposed.</summary>
    public AskedFile Ask(ContentKey key, TimeSpan time)
    {
        // In whole seconds, as the address says it, and no less than what was asked for.
        var expires = DateTimeOffset.FromUnixTimeSeconds((clock.Now() + time).ToUnixTimeSeconds() + 1);
        Span<byte> payload = stackalloc byte[Length - MacLength];
        payload[0] = Version;
        BinaryPrimitives.WriteInt32BigEndian(payload[1..], key.App.Number);
        BinaryPrimitives.WriteInt64BigEndian(payload[5..], expires.ToUnixTimeSeconds());
        _node.TryWriteBytes(payload[13..]);
        var text = Base64Url.EncodeToString((byte[])[.. payload, .. Sign(key.Content, payload)]);
        return _asked[key] = new AskedFile($"{ContentUrls.Path}{key.Content}?{Parameter}={text}", () => _asked.TryRemove(key, out _));
    }

    /// <summary>What an address grants now; refused when this installation did not make it for this content, and when nobody is asked any more.</summary>
    public Outcome<AskedRead> Read(ContentId content, string text)
    {
        if (text.Length > Base64Url.GetEncodedLength(Length) || !Base64Url.IsValid(text)) return Refusals.NotFound;
        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length != Length) return Refusals.NotFound;
        var payload = bytes.AsSpan(0, Length - MacLength);
        if (!CryptographicOperations.FixedTimeEquals(Sign(content, payload), bytes.AsSpan(payload.Length))) return Refusals.NotFound;
        var key = new ContentKey(new AppId(BinaryPrimitives.ReadInt32BigEndian(payload[1..])), content);
        var left = DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(payload[5..])) - clock.Now();
        if (left <= TimeSpan.Zero) return Refusals.UrlExpired;
        var ended = CancellationToken.None;
        if (new Guid(payload[13..29]) == _node)
        {
            if (!_asked.TryGetValue(key, out var asked)) return Refusals.UrlExpired;
            ended = asked.Ended;
        }

        return Open(key) is { } file ? new AskedRead(file, left, ended) : Refusals.UrlExpired;
    }

    private FileStream? Open(ContentKey key)
    {
        try
        {
            return StagedFile.Read(folders.IncomingOf(key));
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private byte[] Sign(ContentId content, ReadOnlySpan<byte> payload) => HMACSHA256.HashData(_key, (byte[])[.. Encoding.ASCII.GetBytes(content.Value), .. payload]);
}

/// <summary>Somebody is asked about a file, until this is disposed.</summary>
internal sealed class AskedFile : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Action _forget;

    public AskedFile(string url, Action forget) => (Url, _forget, Ended) = (url, forget, _ended.Token);

    /// <summary>Where he fetches it: a path on this server.</summary>
    public string Url { get; }

    public CancellationToken Ended { get; }

    public void Dispose()
    {
        _forget();
        _ended.Cancel();
        _ended.Dispose();
    }
}

/// <summary>The bytes of a file that somebody is asked about. Whoever reads them disposes of them.</summary>
/// <param name="File">They.</param>
/// <param name="Left">How long they may be read at most.</param>
/// <param name="Ended">Ends when he is asked no more, where that is known.</param>
internal sealed record AskedRead(FileStream File, TimeSpan Left, CancellationToken Ended);
