using System.Globalization;
using System.Net;

namespace Parley.Bench;

/// <summary>Peers of our own count their table when they are asked for <c>/</c>.</summary>
internal static class StoredRows
{
    public static long Count(IPEndPoint server)
    {
        using var client = new HttpClient();
        using var answer = client.Send(new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{server}/")));
        using var reader = new StreamReader(answer.EnsureSuccessStatusCode().Content.ReadAsStream());
        return long.Parse(reader.ReadToEnd(), CultureInfo.InvariantCulture);
    }
}
