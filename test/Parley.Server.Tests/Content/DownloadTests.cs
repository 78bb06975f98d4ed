using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Tests.Content;

/// <summary>Content is fetched whole or in parts, and runs nowhere.</summary>
public sealed class DownloadTests
{
    [Theory, EveryEngine, Trait("Row", "A44"), Trait("Row", "FU-02"), Trait("Row", "FU-03")]
    public async Task Every_answer_says_that_it_is_not_to_be_run_and_only_what_is_safe_is_shown_in_place(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        foreach (var (bytes, declared, type, kind) in new[]
        {
            (Pictures.Png(), "image/png", "image/png", "inline"), (Pictures.Jpeg(), null, "image/jpeg", "inline"), ("OggS\0\x02vorbis"u8.ToArray(), null, "audio/ogg", "inline"),
            ("<svg onload='alert(1)'/>"u8.ToArray(), "image/svg+xml", "application/octet-stream", "attachment"),
            ("<html>"u8.ToArray(), "text/html", "application/octet-stream", "attachment"), ("%PDF-1.7"u8.ToArray(), "application/pdf", "application/pdf", "attachment"),
            ("alert(1)"u8.ToArray(), "text/javascript", "text/plain; charset=utf-8", "attachment"),
        })
        {
            var uploaded = await alice.UploadAsync(bytes, declared, "a.bin");
            using var answer = await alice.FetchAsync(await alice.UrlAsync(uploaded.Content));
            Assert.Equal((type, kind), ($"{answer.Content.Headers.ContentType}", answer.Content.Headers.ContentDisposition!.DispositionType));
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("sandbox; default-src 'none'; frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
            Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Resource-Policy")));
            Assert.Equal("no-cache, private", $"{answer.Headers.CacheControl}");
        }
    }

    [Theory, EveryEngine, Trait("Row", "A44")]
    public async Task A_part_is_given_as_it_was_asked_for(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        var uploaded = await alice.UploadAsync(bytes);
        var url = await alice.UrlAsync(uploaded.Content);

        foreach (var (range, first, end) in new[] { ("bytes=0-0", 0, 1), ("bytes=5-9", 5, 10), ("bytes=299999-", 299_999, 300_000), ("bytes=-10", 299_990, 300_000), ("bytes=100000-999999999", 100_000, 300_000), ("bytes=-999999", 0, 300_000) })
        {
            using var part = await alice.FetchAsync(url, ("Range", range));
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal($"bytes {first}-{end - 1}/300000", $"{part.Content.Headers.ContentRange}");
            Assert.Equal(bytes[first..end], await part.Content.ReadAsByteArrayAsync());
        }

        foreach (var (range, status) in new[] { ("bytes=300000-", 416), ("bytes=-0", 416), ("bytes=9-5", 200), ("lines=1-2", 200), ("bytes=x", 200) })
        {
            using var other = await alice.FetchAsync(url, ("Range", range));
            Assert.Equal((range, status), (range, (int)other.StatusCode));
            if (status == 416) Assert.Equal("bytes */300000", $"{other.Content.Headers.ContentRange}");
        }
    }

    [Theory, EveryEngine, Trait("Row", "FU-06")]
    public async Task Four_parts_are_given_and_five_or_a_thousand_are_not(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        var bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 100).Select(number => (char)('0' + (number % 10)))));
        var uploaded = await alice.UploadAsync(bytes);
        var url = await alice.UrlAsync(uploaded.Content);

        using var four = await alice.FetchAsync(url, ("Range", "bytes=0-1,10-11,20-22,-1"));
        using var five = await alice.FetchAsync(url, ("Range", "bytes=0-0,2-2,4-4,6-6,8-8"));
        using var thousand = await alice.FetchAsync(url, ("Range", $"bytes={string.Join(',', Enumerable.Repeat("0-0", 1_000))}"));
        using var twice = await alice.FetchAsync(url, ("Range", "bytes=0-5,5-9"));

        Assert.Equal(HttpStatusCode.PartialContent, four.StatusCode);
        var text = await four.Content.ReadAsStringAsync();
        Assert.StartsWith("multipart/byteranges; boundary=", $"{four.Content.Headers.ContentType}", StringComparison.Ordinal);
        Assert.Equal(["01", "01", "012", "9"], text.Split("\r\n\r\n").Skip(1).Select(part => part.Split("\r\n")[0]));
        Assert.Equal([416, 416, 416], new[] { five, thousand, twice }.Select(answer => (int)answer.StatusCode));
    }

    [Theory, EveryEngine, Trait("Row", "A44")]
    public async Task Who_has_it_already_is_told_so_and_a_part_of_something_else_is_not_given(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        var uploaded = await alice.UploadAsync(Pictures.Png(), name: "a.png");
        var url = await alice.UrlAsync(uploaded.Content);
        var tag = $"\"{uploaded.Hash}\"";

        using var same = await alice.FetchAsync(url, ("If-None-Match", tag));
        using var head = await alice.SendAsync(HttpMethod.Head, url);
        using var resumed = await alice.FetchAsync(url, ("Range", "bytes=1-"), ("If-Range", tag));
        using var other = await alice.FetchAsync(url, ("Range", "bytes=1-"), ("If-Range", "\"another\""));

        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Equal((uploaded.Size, tag), (head.Content.Headers.ContentLength, $"{head.Headers.ETag}"));
        Assert.Equal([HttpStatusCode.PartialContent, HttpStatusCode.OK], [resumed.StatusCode, other.StatusCode]);
    }

    [Theory, EveryEngine, Trait("Row", "G20")]
    public async Task What_was_damaged_on_disk_never_arrives_whole(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        foreach (var size in new[] { 10, 128 * 1024, 500_000 })
        {
            var uploaded = await alice.UploadAsync(RandomNumberGenerator.GetBytes(size));
            var url = await alice.UrlAsync(uploaded.Content);
            var file = UploadTests.Files(server).Single(file => Path.GetFileName(file).StartsWith(uploaded.Hash, StringComparison.Ordinal));
            await using (var stream = new FileStream(file, FileMode.Open))
            {
                stream.Position = size / 2;
                var damaged = (byte)(stream.ReadByte() ^ 1);
                stream.Position = size / 2;
                stream.WriteByte(damaged);
            }

            await Assert.ThrowsAsync<HttpRequestException>(async () => await alice.FetchAsync(url));
        }

        Assert.Equal(3, server.Log.Lines.Count(line => line.Text.Contains("another hash", StringComparison.Ordinal)));
    }

    [Theory, EveryEngine, Trait("Row", "G20")]
    public async Task A_file_that_is_missing_is_the_servers_failure_and_the_operator_hears_of_it(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        var uploaded = await alice.UploadAsync([1, 2, 3]);
        var url = await alice.UrlAsync(uploaded.Content);
        File.Delete(Assert.Single(UploadTests.Files(server)));

        using var answer = await alice.FetchAsync(url);

        Assert.Equal((500, "internal"), (await UploadClient.RefusalAsync(answer)) is var (status, code, _) ? (status, code) : default);
        Assert.Contains(server.Log.Lines, line => line.Text.Contains("not in the store", StringComparison.Ordinal));
    }
}
