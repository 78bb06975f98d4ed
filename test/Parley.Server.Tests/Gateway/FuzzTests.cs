using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Parley.Gateway;

namespace Parley.Tests.Gateway;

/// <summary>Whatever comes, reading it ends with a request or a refusal.</summary>
public sealed class FuzzTests
{
    private static readonly string Uuid = Guid.NewGuid().ToString();

    private static readonly string[] Seeds =
    [
        $$$"""{"jsonrpc":"2.0","id":"a\u0062","method":"message.send","params":{"conversation":"{{{Uuid}}}","message":"{{{Uuid}}}","content":{"parts":[{"type":"text/plain","body":"h\ud83d\ude00é"}] } } }""",
        $$$"""{"jsonrpc":"2.0","id":-5,"method":"conversation.entries","params":{"conversation":"{{{Uuid}}}","after":5,"limit":10,"epoch":"{{{Uuid}}}"}}""",
        $$$"""[{"jsonrpc":"2.0","id":1,"method":"conversation.create","params":{"conversation":"{{{Uuid}}}","kind":"group","participants":["alice","bob"],"title":"x"}},5]""",
        """{"jsonrpc":"2.0","id":1,"method":"session.open","params":{"token":"t","device":"d","since":"s","client":"c","receive":true}}""",
    ];

    private static readonly string[] Scraps =
    [
        "\"", "\\", "\\u0000", "\\ud800", "\\udc00", "{", "}", "[", "]", ",", ":", "null", "true", "1e999", "-", "0", "[null]", "{}", "\"\"", "\u0000", "\u00ff",
        "9007199254740993", "\"id\":1,", "\"x\":{},", "\"params\":", " ", "\ufeff", "'", "]']", "$.a['b']",
    ];

    private static readonly CommandRouter Router = MakeRouter();

    [Fact, Trait("Row", "JS-03"), Trait("Row", "JS-04")]
    public void Mutated_requests_never_throw_and_are_taken_only_when_they_are_valid()
    {
        var edit = from at in Gen.Choose(0, 400) from cut in Gen.Choose(0, 12) from scrap in Gen.Elements(Scraps) select (at, cut, scrap);
        var frames = from seed in Gen.Elements(Seeds) from edits in edit.ListOf() select edits.Take(4).Aggregate(seed, Apply);
        var (taken, refused) = (0, 0);

        Prop.ForAll(Arb.From(frames), text =>
        {
            var frame = Encoding.UTF8.GetBytes(text);
            if (Frames.Split(frame, out var items) is not null)
            {
                refused++;
                return;
            }

            foreach (var range in items ?? [Range.All])
            {
                var envelope = Frames.Read(frame.AsSpan(range), Router);
                if (envelope.Refusal is not null)
                {
                    Assert.Null(envelope.Command);
                    refused++;
                    continue;
                }

                // What is taken is JSON by the strictest parser we have.
                JsonDocument.Parse(frame.AsMemory(range), new JsonDocumentOptions { MaxDepth = 32 }).Dispose();
                ParseAs(envelope.Command!.Name, frame.AsSpan(range)[envelope.Params]);
                taken++;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000).WithQuietOnSuccess(true));

        Assert.True(taken > 100 && refused > 100, $"{taken} taken, {refused} refused");
    }

    private static string Apply(string text, (int At, int Cut, string Scrap) edit)
    {
        var at = edit.At % (text.Length + 1);
        return text[..at] + edit.Scrap + text[Math.Min(text.Length, at + edit.Cut)..];
    }

    private static void ParseAs(string method, ReadOnlySpan<byte> json)
    {
        switch (method)
        {
            case Methods.SendMessage:
                Command.Parse(json, ProtocolJson.Strict.SendMessage);
                break;
            case Methods.ReadEntries:
                Command.Parse(json, ProtocolJson.Strict.ReadEntries);
                break;
            case Methods.CreateConversation:
                Command.Parse(json, ProtocolJson.Strict.CreateConversation);
                break;
            default:
                Command.Parse(json, ProtocolJson.Strict.OpenSession);
                break;
        }
    }

    private static CommandRouter MakeRouter()
    {
        var router = new CommandRouter();
        router.Append(Methods.SendMessage, ProtocolJson.Strict.SendMessage, ProtocolJson.Lenient.LogEntry, (_, _, _) => { });
        router.Append(Methods.CreateConversation, ProtocolJson.Strict.CreateConversation, ProtocolJson.Lenient.ConversationCreatedAnswer, (_, _, _) => { });
        router.Read(Methods.ReadEntries, ProtocolJson.Strict.ReadEntries, ProtocolJson.Lenient.EntriesPage, (_, _, _, _) => Task.CompletedTask);
        return router;
    }
}
