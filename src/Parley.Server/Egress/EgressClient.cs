using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Parley.Egress;

/// <summary>The one client with which the server fetches what is elsewhere. Where it connects to, <see cref="AddressGuard"/> decides.</summary>
/// <remarks>
/// It follows no redirect, knows no proxy, keeps no cookie and unpacks nothing. Each fetch resolves the name anew, judges every address,
/// and connects to one that was judged, so that no second look-up can answer otherwise.
/// </remarks>
internal sealed class EgressClient : IDisposable
{
    /// <summary>How long one fetch may take, from the look-up of the name to the last byte.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>How long one of several addresses may keep the others waiting.</summary>
    private static readonly TimeSpan AddressTimeout = TimeSpan.FromSeconds(3);

    private const int MaxHeaderKiB = 16;

    private readonly AddressGuard _guard;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _timeout;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly HttpClient _http;

    /// <param name="guard">Which addresses may be connected to.</param>
    /// <param name="clock">Says how long a fetch takes.</param>
    /// <param name="resolve">Answers the addresses of a name; the system's resolver when left out.</param>
    /// <param name="timeout">In place of <see cref="Timeout"/>.</param>
    public EgressClient(
        AddressGuard guard, TimeProvider clock, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null, TimeSpan? timeout = null)
    {
        (_guard, _clock, _timeout, _resolve) = (guard, clock, timeout ?? Timeout, resolve ?? Dns.GetHostAddressesAsync);
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = MaxHeaderKiB,
            // A connection that is kept would outlive the judgement of its address.
            PooledConnectionLifetime = TimeSpan.Zero,
            // What is given up is not read on, not even to keep its connection.
            MaxResponseDrainSize = 0,
            ActivityHeadersPropagator = null,
        })
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>What a GET of the URL answers with 200.</summary>
    /// <param name="url">Of the form that <see cref="AddressGuard.ProblemWith(Uri)"/> takes.</param>
    /// <param name="maxBytes">A longer answer is given up after so many.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="EgressException">It must not be, could not be, or was not fetched.</exception>
    public Task<byte[]> GetAsync(Uri url, int maxBytes, CancellationToken cancel) =>
        WithinAsync(_timeout, either => FetchAsync(new HttpRequestMessage(HttpMethod.Get, url), maxBytes, either), cancel);

    /// <summary>What a POST of JSON to the URL answers with 200.</summary>
    /// <param name="url">Of the form that <see cref="AddressGuard.ProblemWith(Uri)"/> takes.</param>
    /// <param name="json">What is sent.</param>
    /// <param name="headers">What goes with it.</param>
    /// <param name="maxBytes">A longer answer is given up after so many.</param>
    /// <param name="timeout">How long it may take, from the look-up of the name to the last byte.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="EgressException">It must not be, could not be, or was not sent, or not answered.</exception>
    public Task<byte[]> PostAsync(
        Uri url, ReadOnlyMemory<byte> json, IEnumerable<(string Name, string Value)> headers, int maxBytes, TimeSpan timeout, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return WithinAsync(timeout, either => FetchAsync(request, maxBytes, either), cancel);
    }

    private async Task<byte[]> WithinAsync(TimeSpan timeout, Func<CancellationToken, Task<byte[]>> fetch, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return await fetch(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new EgressException($"did not answer within {timeout.TotalSeconds:0.###} s") { IsLate = true };
        }
        catch (HttpRequestException failure) when (failure.InnerException is EgressException refused)
        {
            throw new EgressException(refused.Message, failure);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new EgressException($"could not be fetched ({(failure.InnerException ?? failure).Message.TrimEnd('.')})", failure);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> FetchAsync(HttpRequestMessage asked, int maxBytes, CancellationToken cancel)
    {
        using var request = asked;
        if (AddressGuard.ProblemWith(request.RequestUri!) is { } problem) throw new EgressException(problem);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("parley", null));
        request.Headers.Accept.ParseAdd("application/json");
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var redirect = (int)response.StatusCode is >= 300 and < 400 ? ", and redirects are not followed" : "";
            throw new EgressException($"was answered with {(int)response.StatusCode}{redirect}");
        }

        // Nobody asked for that, and unpacked it could be of any size.
        if (response.Content.Headers.ContentEncoding.Count > 0) throw new EgressException("was answered with a content encoding");
        var body = await response.Content.ReadAsStreamAsync(cancel);
        return await ReadAsync(body, maxBytes, cancel);
    }

    /// <summary>Reads to the end.</summary>
    /// <exception cref="EgressException">There is more than <paramref name="maxBytes"/>.</exception>
    public static async Task<byte[]> ReadAsync(Stream stream, int maxBytes, CancellationToken cancel)
    {
        var buffer = new byte[maxBytes + 1];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);
        return read <= maxBytes ? buffer[..read] : throw new EgressException($"is larger than {maxBytes} bytes");
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancel);
        foreach (var address in addresses)
        {
            // One bad address is enough: a name that leads inside as well as outside is not to be tried.
            if (_guard.ProblemWith(context.InitialRequestMessage.RequestUri!, address) is { } problem) throw new EgressException(problem);
        }

        Exception? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var patience = new CancellationTokenSource(AddressTimeout, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), either.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                socket.Dispose();
                last = failure;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        var why = last switch
        {
            null => "its name has no address",
            SocketException refused => refused.Message,
            _ => "no connection in time",
        };
        throw new EgressException($"could not be reached ({why})", last);
    }
}
