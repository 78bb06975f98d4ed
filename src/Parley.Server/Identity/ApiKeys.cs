using System.Security.Cryptography;
using System.Text;

namespace Parley.Identity;

/// <summary>Who bears an API key. Keeps digests only, and compares all of them, so that the time it takes says nothing of any (AU-20).</summary>
/// <remarks>A key is random and long, so its SHA-256 needs neither salt nor repetition: there is nothing to guess.</remarks>
internal sealed class ApiKeys(AppDirectory apps)
{
    private readonly (byte[] Digest, PlatformCaller Bearer)[] _keys =
    [
        .. from app in apps.All
           from key in app.Options.ApiKeys
           select (Digest(key.Secret), new PlatformCaller(app.Id, key.Name)),
    ];

    /// <summary>Whose key this is; null when it is nobody's.</summary>
    public PlatformCaller? Find(string secret)
    {
        var digest = Digest(secret);
        var found = default(PlatformCaller);
        foreach (var (known, bearer) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(known, digest)) found = bearer;
        }

        return found;
    }

    private static byte[] Digest(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
