using System.Buffers;
using Parley.Storage;

namespace Parley.Content;

/// <summary>Content within its app: never one without the other.</summary>
internal readonly record struct ContentKey(AppId App, ContentId Content);

/// <summary>A file in the store, within its app. Each that was ever written has another name.</summary>
internal readonly record struct BlobName(AppId App, string File)
{
    private const int RandomLength = 16;
    private static readonly SearchValues<char> OfNames = SearchValues.Create("0123456789abcdef-");

    /// <summary>A new name for bytes with this hash.</summary>
    public static BlobName New(AppId app, byte[] hash) =>
        new(app, $"{Convert.ToHexStringLower(hash)}-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(RandomLength, lowercase: true)}");

    /// <summary>Whether a file's name is one that <see cref="New"/> makes; anything else in the store is not ours.</summary>
    public static bool IsOurs(string file) =>
        file.Length == 64 + 1 + RandomLength && file[64] == '-' && !file.AsSpan().ContainsAnyExcept(OfNames);
}
