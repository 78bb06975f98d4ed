using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Parley.Doctor;

/// <summary>Whether the addresses of the configuration are free, or a server answers there.</summary>
internal static class ListenCheck
{
    private const string Name = "address";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        if (patient.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            yield return Finding.Ok(Name, "Kestrel:Endpoints says where to listen; ask the running server with --url");
            yield break;
        }

        foreach (var url in patient.Http.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            yield return await LookAsync(url, cancel);
    }

    private static async Task<Finding> LookAsync(string url, CancellationToken cancel)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException exception)
        {
            return Finding.Fail(Name, $"{url} is no address ({exception.Message.TrimEnd('.')})", "Write it like http://localhost:5080.");
        }

        if (address.IsUnixPipe || address.Port == 0) return Finding.Ok(Name, $"{url} is not looked at");
        // What listens everywhere listens on the loopback too.
        var host = IPAddress.TryParse(address.Host, out var ip) ? ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any) ? "127.0.0.1" : address.Host
            : address.Host.Contains('.', StringComparison.Ordinal) ? address.Host : "localhost";
        return await IsListeningAsync(host, address.Port, cancel)
            ? await HealthAsync(url, new UriBuilder(address.Scheme, host, address.Port, "/health/ready").Uri, cancel)
            : Free(url, address.Port);
    }

    private static async Task<bool> IsListeningAsync(string host, int port, CancellationToken cancel)
    {
        using var client = new TcpClient();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            await client.ConnectAsync(host, port, patience.Token);
            return true;
        }
        catch (Exception exception) when (exception is SocketException || !cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private static Finding Free(string url, int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return Finding.Ok(Name, $"{url} is free; no server runs there");
        }
        catch (SocketException exception)
        {
            return Finding.Fail(Name, $"{url} cannot be listened on ({exception.Message})", "Choose another port with --urls; ports below 1024 need a privilege.");
        }
    }

    /// <summary>What answers there, judged by the server's own words.</summary>
    private static async Task<Finding> HealthAsync(string url, Uri ready, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(ready, cancel);
            return await JudgeAsync(url, answer, cancel);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
        {
            return Other(url);
        }
    }

    /// <summary>What a server at an address says of itself.</summary>
    internal static async Task<Finding> JudgeAsync(string url, HttpResponseMessage answer, CancellationToken cancel)
    {
        var text = await answer.Content.ReadAsStringAsync(cancel);
        return (answer.StatusCode, text) switch
        {
            (HttpStatusCode.OK, "ready") => Finding.Ok(Name, $"{url}: a server answers, and its database does"),
            (HttpStatusCode.ServiceUnavailable, "not ready") => Finding.Fail(Name, $"{url}: a server answers, but its database does not", "Its log says why."),
            _ => Other(url),
        };
    }

    private static Finding Other(string url) =>
        Finding.Fail(Name, $"{url}: something listens that is no Parley server", "Stop it, or choose another address with --urls.");
}
