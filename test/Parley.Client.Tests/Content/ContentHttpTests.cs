using System.Net;
using System.Text;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Content.ContentWorld;

namespace Parley.Client.Tests.Content;

/// <summary>Where requests go, what answers mean, and how much is kept in memory; without a server.</summary>
public sealed class ContentHttpTests
{
    private const string Id = "5d1f8c0e2b7a49d3a6c4e91f03b87d25";

    [Theory]
    [InlineData("ws://example.org", "http://example.org")]
    [InlineData("wss://example.org/", "https://example.org")]
    [InlineData("http://localhost:5080", "http://localhost:5080")]
    [InlineData("https://example.org/v1/realtime", "https://example.org")]
    [InlineData("wss://example.org:8443/chat/v1/realtime?x=1", "https://example.org:8443/chat")]
    [InlineData("ws://[::1]:5080/a/b/v1/realtime", "http://[::1]:5080/a/b")]
    [InlineData("wss://user@example.org/socket", "https://example.org")]
    public void Uploads_go_where_the_sessions_are(string endpoint, string address) =>
        Assert.Equal(address, new ParleyClientOptions { Endpoint = new Uri(endpoint), TokenProvider = _ => default }.HttpAddress());

    [Fact]
    public async Task Behind_a_proxy_all_requests_and_addresses_keep_its_prefix()
    {
        var handler = new Handler { Before = Answered };
        await using var alice = Client(handler, "wss://example.org/chat/v1/realtime");

        await alice.Content.UploadAsync(new MemoryStream([1, 2, 3]));
        var address = await alice.Content.GetUrlAsync(new ContentId(Id));
        await alice.Content.DiscardAsync(new ContentId(Id));

        Assert.Equal($"https://example.org/chat/v1/content/{Id}?access=AQ", address.Url.ToString());
        Assert.Equal(
            [("POST", "/chat/v1/content/tus"), ("PATCH", $"/chat/v1/content/tus/{Id}"), ("POST", "/chat/v1/content.get"), ("POST", "/chat/v1/content.url"), ("DELETE", $"/chat/v1/content/{Id}")],
            handler.Requests);
    }

    [Theory]
    [InlineData(413, "<html>", "too_large", false)]
    [InlineData(502, "<html>", "unavailable", true)]
    [InlineData(429, "", "rate_limited", true)]
    [InlineData(404, "[1]", "not_found", false)]
    [InlineData(418, """{"code":5}""", "bad_request", false)]
    [InlineData(400, """{"code":"content_refused","detail":"a picture"}""", "content_refused", false)]
    [InlineData(503, """{"code":"of_a_newer_server","title":"Come again."}""", "of_a_newer_server", true)]
    [InlineData(409, """{"code":"of_a_newer_server"}""", "of_a_newer_server", false)]
    public void Every_answer_that_is_none_is_a_refusal_with_a_code(int status, string body, string code, bool isForLater)
    {
        var refusal = Problems.Read((HttpStatusCode)status, Encoding.UTF8.GetBytes(body), TimeSpan.FromSeconds(7));

        Assert.Equal((code, isForLater ? RetryPolicy.Later : RetryPolicy.Never), (refusal.Code, refusal.Retry));
        Assert.Equal(isForLater ? TimeSpan.FromSeconds(7) : null, refusal.RetryAfter);
    }

    [Fact]
    public void What_the_problem_says_of_waiting_goes_before_what_the_header_says_and_is_never_more_than_an_hour()
    {
        Refusal Read(string wait) => Problems.Read(HttpStatusCode.ServiceUnavailable, Encoding.UTF8.GetBytes($$"""{"code":"overloaded","retryAfterMs":{{wait}}}"""), TimeSpan.FromSeconds(7));

        Assert.Equal(TimeSpan.FromMilliseconds(30), Read("30").RetryAfter);
        Assert.Equal(TimeSpan.FromHours(1), Read("3600001").RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(7), Read("-1").RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(7), Read("\"x\"").RetryAfter);
    }

    [Fact]
    public async Task Of_a_stream_that_cannot_seek_no_more_is_read_than_the_server_is_a_piece_behind()
    {
        const int Size = 32 * 1024 * 1024;
        var (stream, received, most) = (new OneWayStream(new MemoryStream(new byte[Size])), 0L, 0L);
        var handler = new Serving(async request =>
        {
            if (request.Method != HttpMethod.Patch) return Answered(request);
            most = Math.Max(most, stream.Taken - received);
            await request.Content!.CopyToAsync(Stream.Null);
            received += request.Content.Headers.ContentLength!.Value;
            return Placed(HttpStatusCode.NoContent, received, isComplete: received == Size);
        });
        await using var alice = Client(handler);

        await alice.Content.UploadAsync(stream, new UploadOptions { Length = Size });

        Assert.Equal(Size, received);
        // The last byte and whether there is one more are looked for before the last piece is sent.
        Assert.InRange(most, 1, (4 * 1024 * 1024) + 1);
    }

    [Fact]
    [Trait("Row", "A22")]
    public async Task Progress_goes_back_to_what_the_server_has_when_a_connection_broke()
    {
        var (progress, isBroken) = (new ToldProgress(), false);
        var handler = new Serving(async request =>
        {
            if (request.Method == HttpMethod.Head) return Placed(HttpStatusCode.OK, 1, isComplete: false);
            if (request.Method != HttpMethod.Patch) return Answered(request);
            await request.Content!.CopyToAsync(Stream.Null);
            if (isBroken) return Answered(request);
            isBroken = true;
            throw new HttpRequestException("the cable");
        });
        await using var alice = Client(handler);

        await alice.Content.UploadAsync(new MemoryStream([1, 2, 3]), new UploadOptions { Progress = progress });

        Assert.Equal([0, 3, 1, 3], progress.Told.Select(one => one.Bytes));
    }

    [Fact]
    [Trait("Row", "A07")]
    public async Task Uploads_are_logged_by_their_ids_and_without_what_they_are_or_are_called()
    {
        var (lines, trouble) = (new RecordedLines(), new Queue<Refusal>([Refusals.Overloaded]));
        var handler = new Handler();
        handler.Before = request => request.Method == HttpMethod.Head ? Placed(HttpStatusCode.OK, 1, isComplete: false)
            : request.Method == HttpMethod.Patch && trouble.TryDequeue(out var refusal) ? Handler.Refuse(refusal) : Answered(request);
        await using var alice = new ParleyClient(
            new ParleyClientOptions { Endpoint = new Uri("http://example.org"), HttpHandler = handler, LoggerFactory = lines, TokenProvider = _ => ValueTask.FromResult("the-token") }, () => 0);
        var options = new UploadOptions { Name = "secret plan.txt", Type = "text/secret" };

        await alice.Content.UploadAsync(new MemoryStream("abc"u8.ToArray()), options);
        trouble.Enqueue(Refusals.ContentRefused);
        await Assert.ThrowsAsync<ParleyRefusedException>(() => alice.Content.UploadAsync(new MemoryStream("abc"u8.ToArray()), options));

        Assert.Equal(
            [
                $"Information Content: Upload {Id} of 3 bytes has begun.",
                $"Information Content: Upload {Id} goes on at 1 of 3 bytes (overloaded).",
                $"Information Content: Upload {Id} is complete: 3 bytes are kept.",
                $"Information Content: Upload {Id} of 3 bytes has begun.",
                $"Warning Content: Upload {Id} is not complete: content_refused.",
            ],
            lines.Lines);
    }

    [Fact]
    public async Task A_server_that_sends_elsewhere_or_is_none_is_told_at_once()
    {
        foreach (var answer in (HttpResponseMessage[])[Handler.Answer(HttpStatusCode.MovedPermanently), Handler.Answer(HttpStatusCode.OK)])
        {
            await using var alice = Client(new Handler { Before = _ => answer });
            await Assert.ThrowsAsync<ParleyConnectionException>(() => alice.Content.UploadAsync(new MemoryStream([1])));
        }
    }

    [Fact]
    public async Task A_download_of_something_else_under_way_or_without_a_hash_is_told()
    {
        var answers = new Queue<(string Hash, int Status, string? Range)>([("a", 200, null), ("b", 206, "bytes 5-9/10")]);
        var handler = new Handler();
        handler.Before = request =>
        {
            if (request.Method != HttpMethod.Get) return Answered(request);
            var (hash, status, range) = answers.Dequeue();
            var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = new StreamContent(new MemoryStream(new byte[5])) };
            answer.Content.Headers.ContentLength = range is null ? 10 : 5;
            if (range is not null) answer.Content.Headers.TryAddWithoutValidation("Content-Range", range);
            if (hash.Length > 0) answer.Headers.ETag = new($"\"{string.Concat(Enumerable.Repeat(hash, 64))}\"");
            return answer;
        };
        await using var alice = Client(handler);

        await Assert.ThrowsAsync<ParleyConnectionException>(() => alice.Content.DownloadAsync(new ContentId(Id), Stream.Null));
        Assert.Empty(answers);
        answers.Enqueue(("", 200, null));
        await Assert.ThrowsAsync<ParleyConnectionException>(() => alice.Content.DownloadAsync(new ContentId(Id), Stream.Null));
    }

    [Fact]
    public async Task A_provider_that_fails_for_a_moment_costs_a_moment()
    {
        var asked = 0;
        var handler = new Handler { Before = Answered };
        await using var alice = new ParleyClient(new ParleyClientOptions
        {
            Endpoint = new Uri("http://example.org"), HttpHandler = handler, TokenProvider = _ => asked++ == 0 ? throw new InvalidOperationException("no backend") : ValueTask.FromResult("token"),
        }, () => 0);

        await alice.Content.UploadAsync(new MemoryStream([1, 2, 3]));

        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData("a.PNG", "image/png", ContentKind.Image)]
    [InlineData("plans/dir.png/notes.Md", "text/markdown", ContentKind.Text)]
    [InlineData("film.mp4", "video/mp4", ContentKind.Video)]
    [InlineData("voice.amr", "audio/amr", ContentKind.Audio)]
    [InlineData("report.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ContentKind.File)]
    [InlineData("png", "application/octet-stream", ContentKind.File)]
    [InlineData("a.exe", "application/octet-stream", ContentKind.File)]
    [Trait("Row", "A54")]
    public void A_files_name_says_what_it_is_before_it_is_uploaded(string name, string type, ContentKind kind) => Assert.Equal((type, kind), (FileType.Of(name), FileType.KindOf(name)));

    private static ParleyClient Client(HttpMessageHandler handler, string endpoint = "http://example.org") =>
        new(new ParleyClientOptions { Endpoint = new Uri(endpoint), HttpHandler = handler, TokenProvider = _ => ValueTask.FromResult("token") }, () => 0);

    /// <summary>A server that takes three bytes.</summary>
    private static HttpResponseMessage Answered(HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (path.EndsWith("/content.get", StringComparison.Ordinal))
            return Handler.Answer(HttpStatusCode.OK, $$"""{"content":"{{Id}}","state":"ready","size":3,"type":"text/plain","hash":"{{HashOf([1, 2, 3])}}"}""", "application/json");
        if (path.EndsWith("/content.url", StringComparison.Ordinal))
            return Handler.Answer(HttpStatusCode.OK, $$"""{"url":"/v1/content/{{Id}}?access=AQ","expiresAt":"2099-11-20T08:30:00.000Z"}""", "application/json");
        if (request.Method == HttpMethod.Delete) return new HttpResponseMessage(HttpStatusCode.NoContent);
        // Its address behind the proxy is another, which nobody before it knows.
        return request.Method == HttpMethod.Post ? Placed(HttpStatusCode.Created, 0, isComplete: false) : Placed(HttpStatusCode.NoContent, 3, isComplete: true);
    }

    private static HttpResponseMessage Placed(HttpStatusCode status, long offset, bool isComplete)
    {
        var answer = new HttpResponseMessage(status);
        answer.Headers.Add("Upload-Offset", $"{offset}");
        answer.Headers.Add("Location", $"/v1/content/tus/{Id}");
        if (isComplete) answer.Headers.Add("Parley-Content", Id);
        return answer;
    }
}
