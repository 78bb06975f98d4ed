using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using Parley.Egress;
using Parley.Tests.Identity;

namespace Parley.Tests.Egress;

/// <summary>Fetching from servers that are wrong, hostile, or not those they are taken for.</summary>
public sealed class EgressClientTests : IAsyncLifetime
{
    private const int MaxBytes = 64 * 1024;

    private KeySetServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeySetServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(MaxBytes - 1)]
    [InlineData(MaxBytes)]
    public async Task An_answer_within_the_limit_is_fetched(int length)
    {
        _server.Instead = context => context.Response.Body.WriteAsync(new byte[length]).AsTask();
        using var client = Client();

        Assert.Equal(length, (await client.GetAsync(_server.Url, MaxBytes, CancellationToken.None)).Length);
    }

    [Theory, Trait("Row", "SS-04")]
    [InlineData("\r\n", 1024 * 1024 * 1024)]
    [InlineData("Content-Length: 1073741824\r\n\r\n", 1024 * 1024 * 1024)]
    [InlineData("Content-Length: 65537\r\n\r\n", MaxBytes + 1)]
    public async Task An_answer_beyond_the_limit_is_given_up(string head, int length)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = PourAsync(listener, $"HTTP/1.1 200 OK\r\n{head}", length);
        using var client = Client();

        await AssertRefusedAsync(client, new Uri($"http://{listener.LocalEndpoint}/"), "is larger than 65536 bytes");

        // More than the limit is in the buffers of both sides, but not much.
        Assert.InRange(await serving.WaitAsync(TimeSpan.FromSeconds(10)), 0, 32 * 1024 * 1024);
    }

    [Theory, Trait("Row", "SS-04")]
    [InlineData("says nothing")]
    [InlineData("sends a header a second")]
    [InlineData("sends a byte a second")]
    public async Task A_server_that_takes_its_time_is_left(string how)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var serving = DripAsync(listener, how, stop.Token);
        using var client = Client(timeout: TimeSpan.FromSeconds(1));
        var watch = Stopwatch.StartNew();

        await AssertRefusedAsync(client, new Uri($"http://{listener.LocalEndpoint}/"), "did not answer within 1 s");

        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(8));
        await stop.CancelAsync();
        await serving;
    }

    [Fact, Trait("Row", "SS-04")]
    public void A_fetch_takes_ten_seconds_at_most() => Assert.Equal(TimeSpan.FromSeconds(10), EgressClient.Timeout);

    [Fact, Trait("Row", "SS-04")]
    public async Task A_gzip_bomb_is_not_unpacked()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) await gzip.WriteAsync(new byte[16 * 1024 * 1024]);
        Assert.True(packed.Length < MaxBytes);
        var asked = "";
        _server.Instead = context =>
        {
            asked = context.Request.Headers.AcceptEncoding.ToString();
            context.Response.Headers.ContentEncoding = "gzip";
            return context.Response.Body.WriteAsync(packed.ToArray()).AsTask();
        };
        using var client = Client();

        await AssertRefusedAsync(client, _server.Url, "was answered with a content encoding");
        Assert.Empty(asked);
    }

    [Fact, Trait("Row", "SS-04")]
    public async Task Ten_thousand_headers_are_refused()
    {
        _server.Instead = context =>
        {
            for (var i = 0; i < 10_000; i++) context.Response.Headers[$"X-{i}"] = "value";
            return context.Response.WriteAsync("{}");
        };
        using var client = Client();

        await AssertRefusedAsync(client, _server.Url, "could not be fetched (");
    }

    [Theory, Trait("Row", "SS-03")]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var inside = await KeySetServer.StartAsync();
        _server.Instead = context =>
        {
            (context.Response.StatusCode, context.Response.Headers.Location) = (status, inside.Url.ToString());
            return Task.CompletedTask;
        };
        using var client = Client();

        await AssertRefusedAsync(client, _server.Url, $"was answered with {status}, and redirects are not followed");
        Assert.Equal((1, 0), (_server.Fetches, inside.Requests));
    }

    [Theory]
    [InlineData(204)]
    [InlineData(206)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task Anything_but_200_is_a_failure(int status)
    {
        _server.Instead = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        using var client = Client();

        await AssertRefusedAsync(client, _server.Url, $"was answered with {status}");
    }

    [Fact, Trait("Row", "SS-01")]
    public async Task Nothing_is_sent_to_an_address_that_is_not_allowed()
    {
        using var client = new EgressClient(new AddressGuard(new EgressOptions()), TimeProvider.System);
        var port = _server.Url.Port;

        foreach (var url in new[] { $"http://127.0.0.1:{port}/", $"https://127.0.0.1:{port}/", $"http://localhost:{port}/", $"http://[::ffff:127.0.0.1]:{port}/", $"http://2130706433:{port}/", $"http://0:{port}/" })
            await AssertRefusedAsync(client, new Uri(url), "leads to ");
        // Not every system's resolver knows this name.
        await Assert.ThrowsAsync<EgressException>(() => client.GetAsync(new Uri($"https://localhost.:{port}/"), MaxBytes, CancellationToken.None));

        Assert.Equal(0, _server.Requests);
    }

    [Theory, Trait("Row", "SS-02")]
    [InlineData("10.0.0.1")]
    [InlineData("8.8.8.8", "10.0.0.1")]
    [InlineData("127.0.0.1", "10.0.0.1")]
    [InlineData("127.0.0.1", "fd00::1")]
    [InlineData("127.0.0.1", "::1")]
    public async Task A_name_with_one_address_inside_is_refused_as_a_whole(params string[] addresses)
    {
        using var client = Client(_ => [.. addresses.Select(IPAddress.Parse)]);

        var url = new Uri($"https://id.example:{(addresses[0] == "8.8.8.8" ? 443 : _server.Url.Port)}/");
        await AssertRefusedAsync(client, url, $"leads to {addresses[^1]}, which is not public");
        Assert.Equal(0, _server.Requests);
    }

    [Fact, Trait("Row", "SS-02")]
    public async Task The_address_that_was_judged_is_the_one_that_is_connected_to()
    {
        var asked = new List<string>();
        var host = "";
        using var client = Client(name =>
        {
            asked.Add(name);
            // A second look-up would lead elsewhere.
            return [asked.Count == 1 ? IPAddress.Loopback : IPAddress.Parse("10.0.0.1")];
        });
        _server.Instead = context =>
        {
            host = context.Request.Host.ToString();
            return context.Response.WriteAsync("{}");
        };
        var url = new Uri($"http://id.example:{_server.Url.Port}{_server.Url.AbsolutePath}");

        await client.GetAsync(url, MaxBytes, CancellationToken.None);
        Assert.Equal(["id.example"], asked);
        Assert.Equal($"id.example:{_server.Url.Port}", host);

        // Nor does a connection live on that was judged by the answer of before.
        await AssertRefusedAsync(client, url, "leads to 10.0.0.1");
        Assert.Equal(1, _server.Fetches);
    }

    [Fact]
    public async Task An_address_that_does_not_answer_leaves_the_others_their_turn()
    {
        using var client = Client(_ => [IPAddress.Parse("127.0.0.9"), IPAddress.Loopback]);
        _server.Instead = context => context.Response.WriteAsync("{}");

        Assert.Equal("{}"u8.ToArray(), await client.GetAsync(new Uri($"http://id.example:{_server.Url.Port}/"), MaxBytes, CancellationToken.None));
    }

    [Theory]
    [InlineData("a name without address")]
    [InlineData("a port where nobody listens")]
    [InlineData("a name that is not known")]
    public async Task What_cannot_be_reached_is_said(string what)
    {
        using var client = Client(_ => what switch
        {
            "a name that is not known" => throw new SocketException((int)SocketError.HostNotFound),
            "a name without address" => [],
            _ => [IPAddress.Parse("127.0.0.9")],
        });

        await AssertRefusedAsync(client, new Uri($"http://id.example:{_server.Url.Port}/"), "could not be ");
    }

    [Fact]
    public async Task A_server_without_a_certificate_that_the_system_trusts_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var accepted = await listener.AcceptTcpClientAsync();
            await using var tls = new SslStream(accepted.GetStream());
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await tls.AuthenticateAsServerAsync(certificate);
                await tls.ReadExactlyAsync(new byte[1]);
            });
        });
        using var client = Client();

        await AssertRefusedAsync(client, new Uri($"https://{listener.LocalEndpoint}/"), "could not be fetched (");
        await serving;
    }

    [Fact]
    public async Task Proxies_of_the_environment_are_not_used()
    {
        await using var proxy = await KeySetServer.StartAsync(Signer.Ec());
        var before = HttpClient.DefaultProxy;
        try
        {
            HttpClient.DefaultProxy = new WebProxy(proxy.Url);
            _server.Instead = context => context.Response.WriteAsync("ours");
            using var client = Client();

            Assert.Equal("ours"u8.ToArray(), await client.GetAsync(_server.Url, MaxBytes, CancellationToken.None));
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }

        Assert.Equal(0, proxy.Requests);
    }

    [Fact]
    public async Task Whoever_asked_can_give_up()
    {
        var came = new TaskCompletionSource();
        _server.Instead = async context =>
        {
            came.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        using var client = Client();
        using var cancel = new CancellationTokenSource();

        var fetching = client.GetAsync(_server.Url, MaxBytes, cancel.Token);
        await came.Task;
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
    }

    private static EgressClient Client(Func<string, IPAddress[]>? resolve = null, TimeSpan? timeout = null)
    {
        var options = new EgressOptions();
        options.AllowedNetworks.Add("127.0.0.0/8");
        return new EgressClient(new AddressGuard(options), TimeProvider.System, resolve is null ? null : (name, _) => Task.Run(() => resolve(name)), timeout);
    }

    private static async Task AssertRefusedAsync(EgressClient client, Uri url, string problem)
    {
        var refused = await Assert.ThrowsAsync<EgressException>(() => client.GetAsync(url, MaxBytes, CancellationToken.None));
        Assert.StartsWith(problem, refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Sends so many bytes as fast as they are taken; answers how many were.</summary>
    private static async Task<int> PourAsync(TcpListener listener, string head, int length)
    {
        using var accepted = await listener.AcceptTcpClientAsync();
        var stream = accepted.GetStream();
        var chunk = new byte[64 * 1024];
        var sent = 0;
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
            for (int next; sent < length; sent += next)
            {
                next = Math.Min(chunk.Length, length - sent);
                await stream.WriteAsync(chunk.AsMemory(0, next));
            }

            // Closing before the request was read would break the connection under the answer.
            while (await stream.ReadAsync(chunk) > 0)
            {
            }
        }
        catch (IOException)
        {
            // The client hung up.
        }

        return sent;
    }

    private static async Task DripAsync(TcpListener listener, string how, CancellationToken stop)
    {
        try
        {
            using var accepted = await listener.AcceptTcpClientAsync(stop);
            var stream = accepted.GetStream();
            var head = how switch
            {
                "says nothing" => "",
                "sends a header a second" => "HTTP/1.1 200 OK\r\n",
                _ => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
            };
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop);
            for (var i = 0; head.Length > 0; i++)
            {
                await stream.WriteAsync(how == "sends a header a second" ? Encoding.ASCII.GetBytes($"X-{i}: x\r\n") : "x"u8.ToArray(), stop);
                await Task.Delay(TimeSpan.FromSeconds(0.2), TimeProvider.System, stop);
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            // The client hung up.
        }
    }
}
