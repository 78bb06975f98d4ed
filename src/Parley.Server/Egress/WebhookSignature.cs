using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Egress;

/// <summary>Signs what the server sends to an app's backend, as Standard Webhooks does: HMAC-SHA-256 over id, time and body.</summary>
internal static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimeHeader = "webhook-timestamp";
    public const string Header = "webhook-signature";

    /// <summary>The headers of a request.</summary>
    /// <param name="key">Of the app's backend and nobody else.</param>
    /// <param name="id">Names what is sent; the same when it is sent again.</param>
    /// <param name="at">When it is sent: whoever checks it takes nothing that is older than some minutes.</param>
    /// <param name="body">What is sent.</param>
    public static IReadOnlyList<(string Name, string Value)> Sign(byte[] key, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = HMACSHA256.HashData(key, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body]);
        return [(IdHeader, id), (TimeHeader, time), (Header, $"v1,{Convert.ToBase64String(signature)}")];
    }
}
