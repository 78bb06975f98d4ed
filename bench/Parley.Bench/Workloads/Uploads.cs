using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Parley.Bench;

/// <summary>W9: files that are uploaded, each of them durable before the next is begun. What is counted are mebibytes.</summary>
internal sealed class Uploads : IDisposable
{
    private const int FileMiB = 16;
    private const int Mebibyte = 1024 * 1024;

    /// <summary>Fewer than a user may begin in a minute.</summary>
    private const int FilesOfUser = 40;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(2) };
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(FileMiB * Mebibyte);
    private readonly LoadedServer _server;
    private readonly int _atOnce;
    private int _files;

    private Uploads(LoadedServer server, int atOnce) => (_server, _atOnce) = (server, atOnce);

    public static Measurement Measurement(string name, int atOnce) => new("W9", $"W9 {name}", (server, system, cancel) =>
    {
        using var uploads = new Uploads(server, atOnce);
        return Task.FromResult<IReadOnlyList<Result>>([Result.Of("W9", name, atOnce, system, uploads.Measure(cancel))]);
    })
    { IsForPeers = true, IsOfFiles = true };

    public void Dispose() => _http.Dispose();

    private IReadOnlyList<Window> Measure(CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        do _ = Round(cancel);
        while (Stopwatch.GetElapsedTime(started) < _server.Plan.WarmUp);
        return _server.Repeat(() => _server.Measure(() => Round(cancel)));
    }

    /// <summary>As many files as there is time for, each of which differs from all others.</summary>
    private Traffic Round(CancellationToken cancel)
    {
        var traffic = new Traffic();
        var started = Stopwatch.GetTimestamp();
        var lanes = Enumerable.Range(0, _atOnce).Select(async _ =>
        {
            var bytes = (byte[])_bytes.Clone();
            while (Stopwatch.GetElapsedTime(started) < _server.Plan.Window)
            {
                var number = Interlocked.Increment(ref _files);
                BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
                var begun = Stopwatch.GetTimestamp();
                await UploadAsync(number, bytes, cancel);
                lock (traffic)
                {
                    traffic.Delivered += FileMiB;
                    traffic.Acknowledged.Add(Stopwatch.GetElapsedTime(begun));
                }
            }
        }).ToList();
        Task.WhenAll(lanes).GetAwaiter().GetResult();
        return traffic;
    }

    private async Task UploadAsync(int number, byte[] bytes, CancellationToken cancel)
    {
        using var request = _server.Files.Put(number, $"files-{number / FilesOfUser}");
        request.Content = new ByteArrayContent(bytes);
        request.Content.Headers.ContentType = new("application/octet-stream");
        using var answer = await _http.SendAsync(request, cancel);
        if (!answer.IsSuccessStatusCode) throw new BenchException($"A file was answered with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancel)}");
        _server.Files.Settle(number);
    }
}
