using System.Net;
using Parley.Client.Tests.Support;

namespace Parley.Client.Tests.Content;

/// <summary>How long a transfer is tried, what is taken for a dead connection, and who reads the stream; with a server that does as the test says.</summary>
public sealed class TransferTests
{
    private const string Id = "5d1f8c0e2b7a49d3a6c4e91f03b87d25";

    [Fact]
    public async Task Patience_is_counted_anew_whenever_the_server_has_more()
    {
        var has = 0;
        await using var alice = ClientOf(request =>
        {
            if (request.Method != HttpMethod.Patch) return Task.FromResult(Answered(request, has));
            return Task.FromResult(++has == 5 ? Placed(HttpStatusCode.NoContent, 5, isComplete: true) : Handler.Refuse(Refusals.Overloaded, ""","retryAfterMs":300"""));
        }, transferTimeout: 0.8);

        // Five waits of 300 ms: longer together than anybody waits for nothing.
        await alice.Content.UploadAsync(new MemoryStream(new byte[5]));

        Assert.Equal(5, has);
    }

    [Fact]
    public async Task A_connection_on_which_nothing_moves_for_a_minute_is_dead()
    {
        var (clock, asked, dead) = (new MovableClock(), new TaskCompletionSource(), 0);
        await using var alice = ClientOf(
            async request =>
            {
                if (request.Method != HttpMethod.Patch) return Answered(request, 0);
                if (dead++ > 0) return Placed(HttpStatusCode.NoContent, 3, isComplete: true);
                asked.SetResult();
                await new TaskCompletionSource().Task;
                return null!;
            },
            clock: clock);
        var uploading = alice.Content.UploadAsync(new MemoryStream(new byte[3]));
        await asked.Task;

        clock.Move(TimeSpan.FromSeconds(59));
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.Equal(1, dead);
        clock.Move(TimeSpan.FromSeconds(1));

        await uploading.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.Equal(2, dead);
    }

    [Fact]
    public async Task A_body_that_is_still_sent_when_its_answer_is_there_disturbs_no_other()
    {
        var (bytes, stuck, sent) = (ContentWorld.Bytes(1_000_000), new StuckStream(), new MemoryStream());
        Task? first = null;
        await using var alice = ClientOf(async request =>
        {
            if (request.Method != HttpMethod.Patch) return Answered(request, 0);
            if (first is null)
            {
                first = request.Content!.CopyToAsync(stuck);
                await stuck.Reached;
                return Handler.Refuse(Refusals.Overloaded, ""","retryAfterMs":1""");
            }

            // Nobody else reads by now, whatever becomes of the connection that hung.
            var isOver = stuck.HasEnded;
            stuck.Go();
            await request.Content!.CopyToAsync(sent);
            Assert.True(isOver);
            return Placed(HttpStatusCode.NoContent, bytes.Length, isComplete: true);
        });

        await alice.Content.UploadAsync(new MemoryStream(bytes));

        Assert.Equal(bytes, sent.ToArray());
    }

    [Fact]
    public async Task Many_whose_token_ended_ask_the_app_once()
    {
        var asked = 0;
        await using var alice = ClientOf(
            request => Task.FromResult(request.Headers.Authorization!.Parameter == "token 1" ? Handler.Refuse(Refusals.Unauthorized) : Answered(request, 3, isComplete: true)),
            token: () => $"token {Interlocked.Increment(ref asked)}");

        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => alice.Content.GetAsync(new ContentId(Id))));

        Assert.Equal((8, 2), (found.Length, asked));
    }

    private static ParleyClient ClientOf(
        Func<HttpRequestMessage, Task<HttpResponseMessage>> answer, double transferTimeout = 300, TimeProvider? clock = null, Func<string>? token = null) => new(
        new ParleyClientOptions
        {
            Endpoint = new Uri("http://example.org"), HttpHandler = new Serving(answer), TransferTimeout = TimeSpan.FromSeconds(transferTimeout), TimeProvider = clock ?? TimeProvider.System,
            TokenProvider = async cancel =>
            {
                await Task.Yield();
                return token?.Invoke() ?? "token";
            },
        },
        () => 0);

    private static HttpResponseMessage Answered(HttpRequestMessage request, long has, bool isComplete = false)
    {
        if (request.RequestUri!.AbsolutePath.EndsWith("/content.get", StringComparison.Ordinal))
            return Handler.Answer(HttpStatusCode.OK, $$"""{"content":"{{Id}}","state":"ready","size":3,"type":"text/plain","hash":"00"}""", "application/json");
        return Placed(request.Method == HttpMethod.Post ? HttpStatusCode.Created : HttpStatusCode.OK, has, isComplete);
    }

    private static HttpResponseMessage Placed(HttpStatusCode status, long offset, bool isComplete)
    {
        var answer = new HttpResponseMessage(status);
        answer.Headers.Add("Upload-Offset", $"{offset}");
        answer.Headers.Add("Location", $"/v1/content/tus/{Id}");
        if (isComplete) answer.Headers.Add("Parley-Content", Id);
        return answer;
    }

    /// <summary>A connection that hangs at its second write, until it goes on.</summary>
    private sealed class StuckStream : MemoryStream
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _writes;

        public Task Reached => _reached.Task;

        /// <summary>Whether nobody waits in its second write any more. The task of the copy itself may say so a moment later.</summary>
        public bool HasEnded { get; private set; }

        public void Go() => _go.TrySetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (++_writes == 2)
            {
                _reached.TrySetResult();
                try
                {
                    await _go.Task.WaitAsync(cancellationToken);
                }
                finally
                {
                    HasEnded = true;
                }
            }
        }
    }
}
