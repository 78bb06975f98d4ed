using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Parley.Client;

/// <summary>One download on its way: fetched from where it stopped after every failure, from a new address when the old one ends, and compared with its hash at the end.</summary>
/// <param name="http">The way to the server.</param>
/// <param name="content">What is fetched.</param>
/// <param name="addresses">Makes an address.</param>
/// <param name="serverTime">The server's clock.</param>
/// <param name="patience">How long it is tried.</param>
/// <param name="logger">Hears how it goes.</param>
internal sealed partial class Download(
    ContentHttp http, ContentId content, Func<CancellationToken, Task<ContentAddress>> addresses, Func<DateTimeOffset> serverTime, Patience patience, ILogger logger)
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>An address that ends sooner is not begun with.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private readonly byte[] _buffer = new byte[BufferBytes];
    private long _received;
    private long? _total;
    private string? _hash;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Writes all of it.</summary>
    /// <exception cref="ContentDamagedException">What arrived is not what was uploaded.</exception>
    public async Task RunAsync(Stream destination, IProgress<ContentProgress>? progress, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var teller = new ProgressTeller(progress, http.Clock);
        ContentAddress? address = null;
        while (_total is null || _received < _total)
        {
            var isNew = address is null || address.ExpiresAt - serverTime() < Margin;
            if (isNew) address = await addresses(cancel).ConfigureAwait(false);
            Refusal? refusal = null;
            Exception? broken = null;
            var before = _received;
            try
            {
                using var quiet = new Quiet(http.Clock, cancel);
                using var reply = await AskAsync(address!.Url, quiet.Token).ConfigureAwait(false);
                refusal = reply.Refusal;
                if (refusal is null)
                {
                    Read(reply);
                    teller.Tell(_received, _total!.Value);
                    await CopyAsync(reply, bytes => WriteAsync(destination, bytes, cancel), hash, teller, quiet).ConfigureAwait(false);
                    continue;
                }
            }
            catch (Exception error) when (ContentHttp.IsBroken(error) && !cancel.IsCancellationRequested)
            {
                _failure?.Throw();
                broken = error;
            }

            if (_received > before) patience.Progress();
            if (refusal == Refusals.UrlExpired)
            {
                address = null;
                // A new one that has ended is a server whose clock jumps: it is asked again in a moment, and not for ever.
                if (!isNew) continue;
            }
            else if (refusal is { Retry: RetryPolicy.Never })
            {
                throw new ParleyRefusedException(refusal);
            }

            await patience.WaitAsync(refusal, broken, cancel).ConfigureAwait(false);
            Log.WentOn(logger, content, _received, _total, refusal?.Code ?? "connection");
        }

        await destination.FlushAsync(cancel).ConfigureAwait(false);
        var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (actual == _hash) return;
        Log.Damaged(logger, content);
        throw new ContentDamagedException(content, _hash!, actual);
    }

    private Task<HttpReply> AskAsync(Uri address, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (_received > 0) request.Headers.Range = new RangeHeaderValue(_received, null);
        return http.SendOpenAsync(request, cancel);
    }

    /// <summary>Reads what is said before the bytes, and holds it against what was said of those before.</summary>
    private void Read(HttpReply reply)
    {
        var (from, total) = reply.Status == HttpStatusCode.PartialContent
            ? (reply.Content.Headers.ContentRange?.From, reply.Content.Headers.ContentRange?.Length)
            : (0, reply.Content.Headers.ContentLength);
        if (total is null || reply.Headers.ETag?.Tag.Trim('"') is not { Length: 64 } hash)
            throw new ParleyConnectionException("The answer lacks the content's length or its hash (ETag): something on the way to the server takes them out.");
        if ((from != 0 && from != _received) || (_total ?? total) != total || (_hash ?? hash) != hash)
            throw new ParleyConnectionException("What is fetched changed under way: the server answers with other bytes than it began with.");
        (_total, _hash) = (total, hash);
    }

    private async Task CopyAsync(HttpReply reply, Func<ReadOnlyMemory<byte>, Task> write, IncrementalHash hash, ProgressTeller teller, Quiet quiet)
    {
        // Who does not know ranges begins anew.
        var skip = reply.Status == HttpStatusCode.PartialContent ? 0 : _received;
        var body = await reply.Content.ReadAsStreamAsync(quiet.Token).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            while (_received < _total)
            {
                var read = await body.ReadAsync(_buffer.AsMemory(0, (int)Math.Min(BufferBytes, skip > 0 ? skip : _total!.Value - _received)), quiet.Token).ConfigureAwait(false);
                if (read == 0) throw new HttpRequestException("The answer ended early.");
                quiet.Moved();
                if (skip > 0)
                {
                    skip -= read;
                    continue;
                }

                await write(_buffer.AsMemory(0, read)).ConfigureAwait(false);
                hash.AppendData(_buffer, 0, read);
                _received += read;
                teller.Tell(_received, _total!.Value);
            }
        }
    }

    /// <summary>Writes; what fails here is the destination, which no other try mends.</summary>
    private async Task WriteAsync(Stream destination, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            await destination.WriteAsync(bytes, cancel).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            _failure = ExceptionDispatchInfo.Capture(error);
            throw;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The download of {Content} goes on at {Offset} of {Bytes} bytes ({Why}).")]
        public static partial void WentOn(ILogger logger, ContentId content, long offset, long? bytes, string why);

        [LoggerMessage(2, LogLevel.Error, "The download of {Content} is damaged: its SHA-256 is not that of what was uploaded.")]
        public static partial void Damaged(ILogger logger, ContentId content);
    }
}
