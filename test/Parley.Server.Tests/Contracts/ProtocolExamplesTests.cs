using System.Reflection;
using System.Text.Json.Nodes;
using Parley.Moderation;

namespace Parley.Tests.Contracts;

/// <summary>docs/protocol says what a server does: every example of it is played against one, and every table is compared with the code.</summary>
public class ProtocolExamplesTests
{
    private static readonly string[] Notifications =
    [
        Methods.Entry, Methods.Head, Methods.Receipt, Methods.Invitation, Methods.Inbox, Methods.Room, Methods.Presence, Methods.PresenceSubscribed, Methods.PresenceUnsubscribed, Methods.Typing,
        Methods.User, Methods.Contact, Methods.Block, Methods.MessageRefused, Methods.MessagesRemoved, Methods.OnlineMessage, Methods.MessagesExpired,
        Methods.SessionExpiring, Methods.SessionClosing,
    ];

    public static MatrixTheoryData<string, Engine> Pages =>
        new([.. ExamplePage.All.Where(page => page.Steps.Count > 0).Select(page => page.Name)], Enum.GetValues<Engine>());

    [Theory, MemberData(nameof(Pages))]
    public async Task The_server_does_what_the_page_shows(string page, Engine engine)
    {
        await using var server = await ExampleServer.StartAsync(engine, interceptors: page == ModerationPage ? [new HoldsQuestions()] : []);
        await using var run = new ExampleRun(ExamplePage.All.Single(one => one.Name == page), server);
        await run.RunAsync();
    }

    [Fact]
    public void Every_method_and_every_notification_has_an_example()
    {
        var shown = ExamplePage.All.SelectMany(Shown).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(Names.Except(shown, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_method_is_described_with_exactly_the_params_it_has()
    {
        var schema = JsonNode.Parse(ProtocolSchema.Generate())!;

        Assert.All(Names.Except(Notifications), method =>
        {
            var name = ((string)schema["methods"]![method]!["params"]!["$ref"]!).Split('/')[^1];
            var known = schema["$defs"]![name]!["properties"]!.AsObject().Select(property => property.Key);
            Assert.Equal(known.Order(StringComparer.Ordinal), PageOf(method).Column(method, "param").Order(StringComparer.Ordinal));
        });
    }

    [Fact]
    public void Every_refusal_of_a_method_is_of_the_catalogue() =>
        Assert.All(Names.Except(Notifications), method =>
        {
            var refusals = PageOf(method).Column(method, "refusal").ToArray();
            Assert.NotEmpty(refusals);
            Assert.All(refusals, code => Assert.NotNull(Refusals.Find(code)));
        });

    [Theory, EveryEngine]
    public async Task A_planted_wrong_answer_is_found(Engine engine)
    {
        const string Wrong = """
            ```json client alice
            {"jsonrpc":"2.0","id":1,"method":"inbox.list","params":{}}
            ```
            ```json server alice
            {"jsonrpc":"2.0","id":1,"result":{"conversations":[],"next":"more"}}
            ```
            """;
        await using var server = await ExampleServer.StartAsync(engine);
        await using var run = new ExampleRun(new ExamplePage("planted.md", Wrong), server);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(run.RunAsync);
        Assert.StartsWith("docs/protocol/planted.md:4: $.result.next did not come", failure.Message, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task A_planted_wrong_answer_over_HTTP_is_found(Engine engine)
    {
        const string Request = "```http client alice\nGET /v1/inbox.unread HTTP/1.1\nAuthorization: Bearer <token of alice>\n```\n";
        await using var server = await ExampleServer.StartAsync(engine);
        foreach (var (answer, difference) in new[]
        {
            ("HTTP/1.1 201 Created", "Strings differ"), ("HTTP/1.1 200 OK\nContent-Type: text/html", "Strings differ"), ("HTTP/1.1 200 OK\n\n{\"unread\":1,\"unreadIsMore\":false}", "$.unread is 0"),
        })
        {
            await using var run = new ExampleRun(new ExamplePage("planted.md", $"{Request}```http server alice\n{answer}\n```\n"), server);

            var failure = await Assert.ThrowsAsync<InvalidOperationException>(run.RunAsync);
            Assert.StartsWith("docs/protocol/planted.md:5: ", failure.Message, StringComparison.Ordinal);
            Assert.Contains(difference, failure.Message, StringComparison.Ordinal);
        }
    }

    private const string ModerationPage = "moderation.md";

    private static string[] Names { get; } =
        [.. typeof(Methods).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!)];

    private static ExamplePage PageOf(string method) =>
        Assert.Single(ExamplePage.All, page => page.Text.Contains($"\n## `{method}`\n", StringComparison.Ordinal));

    /// <summary>Methods that the page asks and shows a result of, and the notifications it shows.</summary>
    private static IEnumerable<string> Shown(ExamplePage page)
    {
        var asked = new Dictionary<(string Who, string Id), string>();
        var askedOverHttp = default(string);
        foreach (var step in page.Steps)
        {
            if (step.Kind == ExampleKind.HttpClient) askedOverHttp = ExampleHttp.MethodOf(step.Text);
            else if (step.Kind == ExampleKind.HttpServer && askedOverHttp is not null && ExampleHttp.IsResult(step.Text)) yield return askedOverHttp;
            foreach (var message in step.Messages)
            {
                var (id, method) = (message["id"]?.ToJsonString(), (string?)message["method"]);
                if (step.Kind == ExampleKind.Client && id is not null && method is not null) asked[(step.Who, id)] = method;
                else if (step.Kind is ExampleKind.Server or ExampleKind.ServerLater)
                {
                    if (method is not null) yield return method;
                    else if (message.ContainsKey("result")) yield return asked[(step.Who, id!)];
                }
            }
        }
    }

    /// <summary>The interceptor of the page of moderation: it holds whatever ends with two question marks.</summary>
    private sealed class HoldsQuestions : IMessageInterceptor
    {
        public ValueTask<MessageVerdict> InterceptAsync(InterceptedMessage message, CancellationToken cancel) =>
            new(message.Content.PlainText().EndsWith("??", StringComparison.Ordinal) ? MessageVerdict.Hold("two question marks") : MessageVerdict.Pass);
    }
}
