using System.Text.Json;
using Parley.Storage;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;

namespace Parley.Tests.Messages;

/// <summary>What a push says of a message is kept beside it for whoever sends pushes, and told to nobody on the wire.</summary>
public sealed class PushNoticeTests
{
    private const string Secret = "for the push alone";

    [Theory, EveryWay]
    [Trait("Row", "A06"), Trait("Row", "B24"), Trait("Row", "L14")]
    public async Task It_is_kept_with_what_it_says_to_some_and_on_nobodys_wire_of_any_kind_of_conversation(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "AlicE");
        using var tablet = await server.ConnectAsync("AlicE", device: "tablet");
        using var bob = await server.ConnectAsync("BoB");
        using var backend = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"));
        var said = new List<string>();
        var conversations = new Dictionary<string, (Guid Conversation, Guid Message)>();
        foreach (var kind in new[] { "direct", "group", "room" })
        {
            var conversation = Guid.NewGuid();
            var others = kind == "room" ? "" : """ "BoB" """;
            Assert.Null(Talk.CodeOf(await alice.AskAsync(Methods.CreateConversation, $$"""{"conversation":"{{conversation}}","kind":"{{kind}}","participants":[{{others}}]}""")));
            if (kind == "room") Assert.Null(Talk.CodeOf(await bob.AskAsync(Methods.JoinRoom, $$"""{"conversation":"{{conversation}}"}""")));
            conversations.Add(kind, (conversation, Guid.NewGuid()));
        }

        foreach (var (conversation, message) in conversations.Values)
        {
            var answer = await alice.AskAsync(Methods.SendMessage, Message(conversation, message));
            Assert.Null(Talk.CodeOf(answer));
            said.Add(answer.GetRawText());
            // Once more, and to several: neither tells more.
            said.Add((await alice.AskAsync(Methods.SendMessage, Message(conversation, message))).GetRawText());
        }

        var many = await alice.AskAsync(Methods.SendToMany, $$"""{"message":"{{Guid.NewGuid()}}","recipients":[{"user":"BoB"}],"content":{{Content}},"notification":{{Notice}} }""");
        Assert.Null(Talk.CodeOf(many));
        said.Add(many.GetRawText());
        foreach (var (kind, (conversation, _)) in conversations)
        {
            foreach (var reader in new ITalker[] { alice, bob })
            {
                foreach (var (method, parameters) in new[]
                {
                    (Methods.ReadEntries, $$"""{"conversation":"{{conversation}}"}"""), (Methods.ListMessages, $$"""{"conversation":"{{conversation}}"}"""),
                    (Methods.GetConversation, $$"""{"conversation":"{{conversation}}"}"""), (Methods.ListInbox, "{}"),
                    (Methods.SyncConversations, $$"""{"epoch":"{{server.Node.Installation.Epoch}}","positions":[{"conversation":"{{conversation}}","after":0}]}"""),
                })
                {
                    var answer = await reader.AskAsync(method, parameters);
                    Assert.True(Talk.CodeOf(answer) is null, $"{method} of a {kind}: {answer.GetRawText()}");
                    said.Add(answer.GetRawText());
                }
            }

            var moderated = await backend.AskAsync(Methods.GetModeratedMessage, $$"""{"conversation":"{{conversation}}","message":"{{conversations[kind].Message}}"}""");
            Assert.Null(Talk.CodeOf(moderated));
            said.Add(moderated.GetRawText());
        }

        var pushed = (await bob.PushedAsync()).Concat(await tablet.PushedAsync()).Select(push => push.GetRawText()).ToArray();
        Assert.True(pushed.Count(push => push.Contains("\"shown\"", StringComparison.Ordinal)) >= 7, "the messages themselves were told");
        Assert.All(said.Concat(pushed), text =>
        {
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain("\"notification\"", text, StringComparison.Ordinal);
        });
        // Kept with each, as it was said.
        await using (var session = await server.Database.OpenReaderAsync(CancellationToken.None))
        {
            var kept = await session.QueryAsync($"select body from notifications", row => JsonElement.Parse(row.Bytes(0)), CancellationToken.None);
            Assert.Equal(4, kept.Count);
            Assert.All(kept, body => Assert.True(JsonElement.DeepEquals(JsonElement.Parse(Notice), body), body.GetRawText()));
        }

        // What the app keeps with the message itself everybody has.
        Assert.Contains(pushed, push => push.Contains("""{"deep":[{"er":"yes"}]}""", StringComparison.Ordinal));
        Assert.Equal("invalid_params", Talk.CodeOf(await alice.AskAsync(Methods.SendMessage, Message(conversations["group"].Conversation, Guid.NewGuid()).Replace("""{"deep":[{"er":"yes"}]}""", "null", StringComparison.Ordinal))));

        // A recall takes it with it.
        var (group, gone) = conversations["group"];
        Assert.Null(Talk.CodeOf(await alice.AskAsync(Methods.RecallMessage, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","message":"{{gone}}"}""")));
        Assert.Equal(3, await server.NumberAsync($"select count(*) from notifications"));
    }

    private static string Content => """{"parts":[{"type":"text/plain","body":"shown"}],"ext":{"deep":[{"er":"yes"}]}}""";

    private static string Notice => $$$"""
        {"title":"{{{Secret}}}","text":"{{{Secret}}} text","sound":"{{{Secret}}}.aiff","category":"{{{Secret}}}","data":{"secret":"{{{Secret}}}"},
         "recipients":{"BoB":{"title":"{{{Secret}}}, Bob","text":"only Bob","sound":"b.aiff","category":"bob","data":{"badge":7}},"nobody":{"text":"{{{Secret}}}"} } }
        """;

    private static string Message(Guid conversation, Guid message) => $$"""{"conversation":"{{conversation}}","message":"{{message}}","content":{{Content}},"notification":{{Notice}} }""";
}
