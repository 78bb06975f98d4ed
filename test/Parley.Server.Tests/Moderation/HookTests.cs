using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Egress;
using Parley.Identity;
using Parley.Moderation;

namespace Parley.Tests.Moderation;

/// <summary>The app's own check over HTTP.</summary>
public sealed class HookTests
{
    [Theory, EveryEngine, Trait("Row", "A09"), Trait("Row", "B19"), Trait("Row", "WH-01")]
    public async Task The_app_is_told_a_message_and_signed_so_that_nobody_else_could_have_told_it(Engine engine)
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(engine, apps: app => hook.Ask(app));
        var (conversation, message) = (await server.ConversationOfAsync("alice", "bob"), MessageId.New());

        Assert.Null((await server.SendAsync("alice", conversation, "hi", message)).Refusal);
        await server.SendAsync("alice", conversation, "hi", message);

        var requests = hook.Requests.ToArray();
        var told = JsonSerializer.Deserialize<JsonElement>(requests[0].Body);
        Assert.Equal(
            ["message.send", "demo", $"{conversation}", $"{message}", "alice", "hi"],
            new[] { "type", "app", "conversation", "message", "sender" }.Select(name => told.GetProperty(name).GetString())
                .Append(told.GetProperty("content").GetProperty("parts")[0].GetProperty("body").GetString()));
        Assert.All(requests, request =>
        {
            var (id, time) = (request.Headers["webhook-id"].ToString(), request.Headers["webhook-timestamp"].ToString());
            var signed = HMACSHA256.HashData(Encoding.UTF8.GetBytes(HookServer.Secret), Encoding.UTF8.GetBytes($"{id}.{time}.{request.Body}"));
            Assert.Equal($"v1,{Convert.ToBase64String(signed)}", request.Headers["webhook-signature"].ToString());
            Assert.InRange(TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(time)), TimeSpan.FromSeconds(-5), TimeSpan.FromMinutes(2));
        });
        // The same request again has the same id, by which the app knows it.
        Assert.Single(requests.Select(request => request.Headers["webhook-id"].ToString()).Distinct());
    }

    [Theory, EveryEngine, Trait("Row", "A09"), Trait("Row", "B19"), Trait("Row", "B06")]
    public async Task It_lets_pass_changes_refuses_and_holds(Engine engine)
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(engine, apps: app => hook.Ask(app, onFailure: HookFailure.Refuse));
        var conversation = await server.ConversationOfAsync("alice", "bob");

        hook.Answer = _ => """{"action":"edit","content":{"parts":[{"type":"text/plain","body":"polite"}]}}""";
        Assert.Equal("polite", Assert.IsType<MessageSent>((await SendAsync()).Value!.Event).Content.PlainText());
        hook.Answer = _ => """{"action":"refuse","reason":"not here","code":"rude"}""";
        Assert.Equal((Refusals.Intercepted, "rude: not here"), ((await SendAsync()).Refusal, (await SendAsync()).Refusal!.Detail));
        hook.Answer = _ => """{"action":"refuse","code":17}""";
        Assert.Equal("17", (await SendAsync()).Refusal!.Detail);
        hook.Answer = _ => $$"""{"action":"refuse","reason":"{{new string('x', 1_000)}}"}""";
        Assert.Equal(Refusals.Intercepted, (await SendAsync()).Refusal);
        hook.Answer = _ => """{"action":"hold","reason":"looks odd"}""";
        Assert.Equal(Refusals.Held, (await SendAsync()).Refusal);
        Assert.Equal("looks odd", (await server.AskAsync<HeldPage>(server.As("alice"), new ListHeld())).Value!.Held.Single().Reason);
        hook.Answer = _ => """{"action":"pass"}""";
        Assert.Null((await SendAsync()).Refusal);

        Task<Outcome<LogEntry>> SendAsync() => server.SendAsync("alice", conversation, "hi");
    }

    [Theory, Trait("Row", "B19")]
    [InlineData("")]
    [InlineData("pass")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"action":"else"}""")]
    [InlineData("""{"action":7}""")]
    [InlineData("""{"action":"edit"}""")]
    [InlineData("""{"action":"edit","content":{"parts":[{"type":"text/plain","body":7}]}}""")]
    [InlineData("""{"action":"edit","content":{"parts":[]},"more":{"x":""")]
    public async Task What_is_no_answer_is_taken_for_none(string answer)
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, apps: app => hook.Ask(app, onFailure: HookFailure.Refuse));
        var conversation = await server.ConversationOfAsync("alice", "bob");
        hook.Answer = _ => answer;

        Assert.Equal(Refusals.ModerationUnavailable, (await server.SendAsync("alice", conversation, "hi")).Refusal);
    }

    [Fact, Trait("Row", "B19")]
    public async Task A_reason_that_is_too_long_is_no_answer()
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, apps: app => hook.Ask(app, onFailure: HookFailure.Refuse));
        var conversation = await server.ConversationOfAsync("alice", "bob");
        hook.Answer = _ => $$"""{"action":"refuse","reason":"{{new string('x', 1_001)}}"}""";

        Assert.Equal(Refusals.ModerationUnavailable, (await server.SendAsync("alice", conversation, "hi")).Refusal);
    }

    [Theory, Trait("Row", "B19"), Trait("Row", "SS-04")]
    [InlineData(HookFailure.Pass)]
    [InlineData(HookFailure.Refuse)]
    public async Task A_hook_that_does_not_answer_in_time_has_the_message_pass_or_refused_as_the_app_chose(HookFailure onFailure)
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, apps: app => hook.Ask(app, TimeSpan.FromMilliseconds(50), onFailure));
        var conversation = await server.ConversationOfAsync("alice", "bob");
        hook.Instead = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);

        var sent = await server.SendAsync("alice", conversation, "hi");

        if (onFailure == HookFailure.Pass) Assert.Null(sent.Refusal);
        else Assert.Equal((Refusals.ModerationUnavailable, RetryPolicy.Later, 502), (sent.Refusal, sent.Refusal!.Retry, sent.Refusal.Agora));
    }

    [Theory, Trait("Row", "SS-03"), Trait("Row", "SS-04")]
    [InlineData(302)]
    [InlineData(500)]
    [InlineData(204)]
    public async Task An_answer_with_another_status_is_none_and_is_not_followed(int status)
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, apps: app => hook.Ask(app, onFailure: HookFailure.Refuse));
        var conversation = await server.ConversationOfAsync("alice", "bob");
        hook.Instead = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = hook.Url;
            return Task.CompletedTask;
        };

        Assert.Equal(Refusals.ModerationUnavailable, (await server.SendAsync("alice", conversation, "hi")).Refusal);
        Assert.Single(hook.Requests);
    }

    [Fact, Trait("Row", "SS-04")]
    public async Task An_answer_that_is_too_large_is_none()
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, apps: app => hook.Ask(app, onFailure: HookFailure.Refuse));
        var conversation = await server.ConversationOfAsync("alice", "bob");
        hook.Answer = _ => $$"""{"action":"pass","more":"{{new string('x', MessageHook.MaxAnswerBytes)}}"}""";

        Assert.Equal(Refusals.ModerationUnavailable, (await server.SendAsync("alice", conversation, "hi")).Refusal);
    }

    [Theory, Trait("Row", "SS-01"), Trait("Row", "SS-02")]
    [InlineData("http://127.0.0.1/hook")]
    [InlineData("https://10.0.0.1/hook")]
    [InlineData("https://[::ffff:169.254.169.254]/hook")]
    [InlineData("https://localhost/hook")]
    public async Task What_is_inside_is_not_asked(string url)
    {
        using var egress = new EgressClient(new AddressGuard(new EgressOptions()), TimeProvider.System);
        var hook = new MessageHook(
            new HookOptions { Url = url, Secret = HookServer.Secret, OnFailure = HookFailure.Refuse, Timeout = TimeSpan.FromSeconds(5) }, egress, TimeProvider.System, NullLogger<MessageHook>.Instance);

        Assert.Null(await hook.AskAsync(Message, CancellationToken.None));
    }

    [Theory, Trait("Row", "SS-01")]
    [InlineData("ftp://example.org/", "is no https address")]
    [InlineData("nowhere", "is no https address")]
    [InlineData("https://a@example.org/", "before its host")]
    [InlineData("https://127.0.0.1/", "not public")]
    public void A_hook_that_could_never_be_asked_stops_the_start(string url, string problem)
    {
        var apps = new AppsOptions { ["demo"] = new AppOptions() };
        (apps["demo"].Moderation.Hook.Url, apps["demo"].Moderation.Hook.Secret) = (url, HookServer.Secret);

        Assert.Contains(problem, string.Join(' ', Problems(apps)), StringComparison.Ordinal);
    }

    [Fact, Trait("Row", "WH-02")]
    public void A_hook_has_a_secret_of_its_own()
    {
        var apps = new AppsOptions { ["demo"] = new AppOptions() };
        (apps["demo"].Moderation.Hook.Url, apps["demo"].Moderation.Hook.Secret) = ("https://example.org/", "short");
        Assert.Contains("Hook:Secret has 5 bytes", string.Join(' ', Problems(apps)), StringComparison.Ordinal);

        apps["demo"].Moderation.Hook.Secret = HookServer.Secret;
        Assert.Empty(Problems(apps));
        apps["demo"].Keys.Add(new AppKeyOptions { Secret = HookServer.Secret });
        Assert.Contains("another key", string.Join(' ', Problems(apps)), StringComparison.Ordinal);
    }

    [Fact, Trait("Row", "B19")]
    public async Task Every_outcome_is_counted()
    {
        using var counted = new RecordedMetrics();
        await using var hook = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, apps: app => hook.Ask(app));
        var conversation = await server.ConversationOfAsync("alice", "bob");

        await server.SendAsync("alice", conversation, "hi");
        hook.Answer = _ => "no answer";
        await server.SendAsync("alice", conversation, "hi");

        Assert.Contains("parley.moderation.intercepted 1 outcome=pass", counted.Seen);
        Assert.Contains("parley.moderation.intercepted 1 outcome=failed", counted.Seen);
    }

    internal static InterceptedMessage Message =>
        new("demo", MessageStep.Send, ConversationId.New(), MessageId.New(), new UserId("alice"), MessageContent.OfText("hi"));

    private static IReadOnlyList<string> Problems(AppsOptions apps) =>
        [.. new ModerationOptionsValidator(Microsoft.Extensions.Options.Options.Create(new EgressOptions())).Validate(null, apps).Failures ?? []];
}
