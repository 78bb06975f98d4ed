using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Parley.Client.Testing;
using Parley.Client.Tests.Support;

namespace Parley.Client.Tests.Testing;

/// <summary>Faults of methods that are asked over HTTP.</summary>
public sealed class HttpFaultTests : IAsyncLifetime
{
    private ParleyTestServer _server = null!;
    private ParleyClient _alice = null!;
    private ConversationId _notes;
    private ContentId _content;

    public async ValueTask InitializeAsync()
    {
        _server = await ParleyTestServer.StartAsync();
        _alice = await _server.ConnectAsync("alice");
        _notes = (await _alice.Conversations.NotesAsync()).Conversation;
        using var file = new MemoryStream("a file"u8.ToArray());
        _content = (await _alice.Content.UploadAsync(file)).Content;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_download_that_is_refused_for_good_is_what_the_program_hears()
    {
        _server.FaultsOf("alice").Refuse(Refusals.PermissionDenied, requests: 1, Methods.GetContentUrl);

        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(DownloadAsync);

        Assert.Equal(Refusals.PermissionDenied, refused.Refusal);
        Assert.Equal("a file", await DownloadAsync());
    }

    [Fact]
    public async Task A_download_that_is_refused_for_the_moment_is_asked_again_after_the_wait_that_it_names()
    {
        _server.FaultsOf("alice").Refuse(Refusals.Overloaded.After(TimeSpan.FromSeconds(7)), requests: 1, Methods.GetContentUrl);
        var begun = _server.Clock.GetUtcNow();

        Assert.Equal("a file", await _server.Clock.AdvanceUntilAsync(DownloadAsync(), TimeSpan.FromMinutes(1)));

        // Where the machine has much to do, it is refused some virtual seconds later.
        Assert.InRange(_server.Clock.GetUtcNow() - begun, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_download_whose_request_or_answer_was_lost_is_asked_again(bool answer)
    {
        if (answer) _server.FaultsOf("alice").DisconnectBeforeAnswer(Methods.GetContentUrl);
        else _server.FaultsOf("alice").DisconnectBeforeRequest(Methods.GetContentUrl);
        var downloading = DownloadAsync();

        await _server.Clock.AdvanceAsync(TimeSpan.Zero);
        Assert.False(downloading.IsCompleted);

        Assert.Equal("a file", await _server.Clock.AdvanceUntilAsync(downloading));
    }

    [Fact]
    public async Task What_is_said_over_http_is_recorded_when_its_answer_was_lost_and_not_when_its_request_was()
    {
        var http = _server.HttpOf("alice");
        _server.FaultsOf("alice").DisconnectBeforeRequest();
        await Assert.ThrowsAsync<HttpRequestException>(() => SayAsync(http));
        Assert.Equal(0, await SaidAsync());

        _server.Faults.DisconnectBeforeAnswer();
        await Assert.ThrowsAsync<HttpRequestException>(() => SayAsync(http));

        Assert.Equal(1, await SaidAsync());
        Assert.Equal(ConnectionState.Open, _alice.State);
    }

    [Fact]
    public async Task A_refusal_over_http_is_a_problem_and_the_backend_has_none()
    {
        var http = _server.HttpOf("alice");
        _server.Faults.Refuse(Refusals.RateLimited.After(TimeSpan.FromSeconds(3)));
        await _server.CreateUserAsync("bob");
        await _server.Backend.GetStringAsync(new Uri($"v1/{Methods.ListUsers}", UriKind.Relative));

        using var answer = await SayAsync(http);

        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(3)), (answer.StatusCode, answer.Headers.RetryAfter!.Delta));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(Refusals.RateLimited.Code, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        Assert.Equal(0, await SaidAsync());
    }

    [Fact]
    public async Task The_parts_of_a_file_have_no_method_and_are_not_refused()
    {
        var http = _server.HttpOf("alice");
        _server.FaultsOf("alice").Refuse(Refusals.PermissionDenied);

        using var file = new ByteArrayContent("another"u8.ToArray());
        using var up = await http.PutAsync(new Uri("v1/content", UriKind.Relative), file);
        using var said = await SayAsync(http);

        Assert.True(up.IsSuccessStatusCode, $"{up.StatusCode}");
        Assert.Equal(HttpStatusCode.Forbidden, said.StatusCode);
    }

    [Fact]
    public async Task While_nothing_comes_through_nobody_is_refused()
    {
        _server.FaultsOf("alice").Refuse(Refusals.PermissionDenied, requests: 1, Methods.GetContentUrl);
        _server.FaultsOf("alice").Pause();
        var downloading = DownloadAsync();
        await _server.Clock.AdvanceAsync(TimeSpan.Zero);
        Assert.False(downloading.IsCompleted);
        _server.FaultsOf("alice").Resume();

        await Assert.ThrowsAsync<ParleyRefusedException>(() => downloading);
    }

    [Fact]
    public async Task Who_is_offline_hears_of_no_refusal()
    {
        _server.FaultsOf("alice").Refuse(Refusals.PermissionDenied, requests: 1, Methods.GetContentUrl);
        _server.FaultsOf("alice").GoOffline();
        var downloading = DownloadAsync();
        await _server.Clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.False(downloading.IsCompleted);
        _server.FaultsOf("alice").GoOnline();

        await Assert.ThrowsAsync<ParleyRefusedException>(() => _server.Clock.AdvanceUntilAsync(downloading));
    }

    private Task<HttpResponseMessage> SayAsync(HttpClient http) => http.PostAsJsonAsync(
        new Uri($"v1/{Methods.SendMessage}", UriKind.Relative), new SendMessage(_notes, MessageId.New(), MessageContent.OfText("hello")), ProtocolJson.Lenient.SendMessage);

    private async Task<int> SaidAsync() => (await _alice.Conversations.ReadEntriesAsync(new ReadEntries(_notes))).Entries.Count(entry => entry.Event is MessageSent);

    private async Task<string> DownloadAsync()
    {
        using var copy = new MemoryStream();
        await _alice.Content.DownloadAsync(_content, copy);
        return System.Text.Encoding.UTF8.GetString(copy.ToArray());
    }
}
