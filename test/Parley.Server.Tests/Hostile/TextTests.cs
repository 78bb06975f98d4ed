using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>Text that breaks programs which do anything with it but keep it.</summary>
public sealed partial class TextTests
{
    [Fact, Trait("Row", "TX-01")]
    public void There_are_hundreds_of_them() => Assert.InRange(NaughtyStrings.All.Distinct(StringComparer.Ordinal).Count(), 200, 1_000);

    [Theory, EveryWay, Trait("Row", "TX-01"), Trait("Row", "TX-05"), Trait("Row", "SQ-01")]
    public async Task Every_string_is_returned_as_it_was_sent_by_everything_that_returns_it_or_refused(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        using var bob = await server.TalkAsync(way, "bob");
        using var bobToo = await server.ConnectAsync("bob", device: "tablet");
        var group = await alice.CreateGroupAsync("bob");
        var kept = new List<string>();
        foreach (var text in NaughtyStrings.All)
        {
            var answer = await alice.AskAsync(Methods.SendMessage, Message(group, Escaped(text)));
            Assert.Equal((Named(text), ExpectedRefusal(text)), (Named(text), Talk.CodeOf(answer)));
            if (Talk.CodeOf(answer) is not null) continue;
            kept.Add(text);
            Assert.Equal(text, Talk.TextOf(answer.GetProperty("result")));
            var item = (await bob.AskAsync(Methods.ListInbox, """{"limit":1}""")).GetProperty("result").GetProperty("conversations")[0];
            Assert.Equal(text, Talk.TextOf(item.GetProperty("lastMessage")));
        }

        // Unescaped, as most clients write it.
        foreach (var text in kept.ToList())
        {
            Assert.Null(Talk.CodeOf(await alice.SayAsync(group, text)));
            kept.Add(text);
        }

        Assert.Equal(kept, await ReadAsync(bob, group));
        var synced = await bob.AskAsync(Methods.SyncConversations, $$"""{"epoch":"{{server.Node.Installation.Epoch}}","positions":[{"conversation":"{{group}}","after":1}]}""");
        var first = synced.GetProperty("result").GetProperty("conversations")[0].GetProperty("entries").EnumerateArray().Select(Talk.TextOf).ToList();
        Assert.Equal(kept.Take(first.Count), first);
        var pushed = (await bobToo.PushedAsync()).Where(push => push.GetProperty("method").GetString() == "entry").Select(push => Talk.TextOf(push.GetProperty("params")));
        Assert.Equal(kept, pushed.Where(text => text is not null));
        Assert.Equal(kept.Count + 1, await server.NumberAsync($"select count(*) from entries"));
    }

    [Theory, EveryWay, Trait("Row", "TX-01"), Trait("Row", "SQ-01")]
    public async Task Every_string_as_a_title_is_returned_as_it_was_sent_or_refused(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        foreach (var text in NaughtyStrings.All)
        {
            var group = Guid.NewGuid();
            var created = await alice.AskAsync(
                Methods.CreateConversation, $$"""{"conversation":"{{group}}","kind":"group","participants":["bob"],"title":{{Escaped(text)}}}""");
            var expected = ExpectedRefusal(text) ?? (text.EnumerateRunes().Count() > 128 ? "invalid_params" : null);
            Assert.Equal((Named(text), expected), (Named(text), Talk.CodeOf(created)));
            if (expected is not null) continue;
            var read = await alice.AskAsync(Methods.GetConversation, $$"""{"conversation":"{{group}}"}""");
            Assert.Equal(text, read.GetProperty("result").GetProperty("title").GetString());
            Assert.Equal(text, created.GetProperty("result").GetProperty("entry").GetProperty("event").GetProperty("title").GetString());
        }
    }

    [Theory, EveryWay, Trait("Row", "TX-01"), Trait("Row", "SQ-01")]
    public async Task Every_string_in_a_profile_and_a_request_is_returned_as_it_was_sent_or_refused(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        using var bob = await server.TalkAsync(way, "bob");
        foreach (var text in NaughtyStrings.All)
        {
            var changed = await alice.AskAsync(Methods.UpdateUser, $$$"""{"displayName":{{{Escaped(text)}}},"privateData":{"a":[{{{Escaped(text)}}}]}}""");
            var expected = (text.Length == 0 ? null : ExpectedRefusal(text)) ?? (text.EnumerateRunes().Count() > 128 ? "invalid_params" : null);
            Assert.Equal((Named(text), expected), (Named(text), Talk.CodeOf(changed)));
            var asked = await alice.AskAsync(Methods.RequestContact, $$"""{"user":"bob","message":{{Escaped(text)}}}""");
            expected = (text.Length == 0 ? null : ExpectedRefusal(text)) ?? (text.EnumerateRunes().Count() > 512 ? "invalid_params" : null);
            Assert.Equal((Named(text), expected), (Named(text), Talk.CodeOf(asked)));
            if (expected is not null) continue;
            var waiting = (await bob.AskAsync(Methods.ListContacts, "{}")).GetProperty("result").GetProperty("contacts")[0];
            Assert.Equal((Named(text), text), (Named(text), waiting.TryGetProperty("message", out var message) ? message.GetString()! : ""));
            await alice.AskAsync(Methods.RemoveContact, """{"user":"bob"}""");
            if (text.EnumerateRunes().Count() > 128) continue;
            var me = (await alice.AskAsync(Methods.GetOwnProfile, "{}")).GetProperty("result");
            Assert.Equal(text, me.GetProperty("privateData").GetProperty("a")[0].GetString());
            Assert.Equal(text, me.GetProperty("profile").TryGetProperty("displayName", out var name) ? name.GetString() : "");
        }
    }

    [Theory, EveryWay, Trait("Row", "TX-04"), Trait("Row", "SQ-01")]
    public async Task Every_string_as_a_user_is_that_user_and_no_other_or_is_refused_wherever_a_user_is_named(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        var users = NaughtyStrings.All.Concat(["..", ".", "...", "a/b", "a%2Fb", "%", "_", "b_b", "ALICE", "Alice", "ali\u0441e", "ali\u200bce", "\u00E9", "e\u0301", "\u202Ebob", "auth0|x", "a@b.c"])
            .Distinct(StringComparer.Ordinal).ToList();
        var valid = new List<string>();
        foreach (var user in users)
        {
            var isValid = IsUser(user);
            var created = await alice.AskAsync(Methods.CreateConversation, $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"direct","participants":[{{Escaped(user)}}]}""");
            if (user == "alice") continue;
            Assert.Equal((Named(user), isValid), (Named(user), Talk.CodeOf(created) is null));
            if (isValid) valid.Add(user);
            // What cannot stand in a header, or does not stay there as it is, is in no request.
            if (way == Way.Backend && (user != user.Trim() || user.Any(character => character is < ' ' or > '~'))) continue;
            using var client = await ComesAsync(server, way, user);
            Assert.True(isValid || client is not RawClient, Named(user));
            if (client is null) continue;
            var inbox = await client.AskAsync(Methods.ListInbox, "{}");
            Assert.Equal((Named(user), isValid ? null : Unknown(way)), (Named(user), Talk.CodeOf(inbox)));
            if (!isValid) continue;
            // His one conversation, and nobody else's.
            Assert.Equal("alice", Assert.Single(inbox.GetProperty("result").GetProperty("conversations").EnumerateArray()).GetProperty("peer").GetString());
            var me = (await client.AskAsync(Methods.GetOwnProfile, "{}")).GetProperty("result").GetProperty("profile");
            Assert.Equal(user, me.GetProperty("user").GetString());
        }

        Assert.InRange(valid.Count, 10, users.Count);
        Assert.Equal(valid.Count, await server.NumberAsync($"select count(*) from conversations"));

        static string Unknown(Way way) => way == Way.Backend ? "bad_request" : "unauthorized";

        // No session is opened for him: then nobody can ask.
        static async Task<ITalker?> ComesAsync(RunningServer server, Way way, string user)
        {
            if (way == Way.Backend) return HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"), user);
            var token = Identity.Forge.Token(Identity.Forge.Claims(
                sub: Escaped(user), exp: $"{TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds()}"), secret: RunningServer.SecretOf("demo"));
            if (way == Way.Http) return HttpTalker.WithToken(server.Address, token);
            var client = await server.ConnectAsync();
            var opened = await client.AskAsync(Methods.OpenSession, $$"""{"token":"{{token}}","device":"d"}""");
            if (Talk.CodeOf(opened) is not { } code)
            {
                Assert.Single(opened.GetProperty("result").GetProperty("changes").GetProperty("conversations").EnumerateArray());
                return client;
            }

            client.Dispose();
            Assert.Equal((Named(user), "unauthorized"), (Named(user), code));
            return null;
        }
    }

    [Theory, EveryWay, Trait("Row", "TX-04")]
    public async Task Participants_are_listed_in_the_order_of_their_bytes_on_every_engine(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        var group = await alice.CreateGroupAsync("Bob", "bob", "_bob", "bo-b", "bo.c", "boa", "~a", "!z", "B", "b", "10", "9", "a|b", "ab");

        var state = (await alice.AskAsync(Methods.GetConversation, $$"""{"conversation":"{{group}}"}""")).GetProperty("result");
        var synced = (await alice.AskAsync(Methods.SyncConversations,
            $$"""{"epoch":"{{server.Node.Installation.Epoch}}","positions":[{"conversation":"{{group}}","after":1}]}""")).GetProperty("result").GetProperty("conversations")[0];

        foreach (var list in new[] { state, synced })
        {
            var users = list.GetProperty("participants").EnumerateArray().Select(one => one.GetProperty("user").GetString()!).ToList();
            Assert.Equal(users.Order(StringComparer.Ordinal), users);
        }
    }

    [Theory, EveryEngine, Trait("Row", "TX-02")]
    public async Task A_zero_character_is_refused_in_every_text_of_every_method(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        var group = await alice.CreateGroupAsync("bob");
        var frames = new Attempts(group, Guid.NewGuid(), 1, server.Node.Installation.Epoch).All
            .Append((Methods.CreateConversation, Talk.Group(Guid.NewGuid(), "bob"))).Append((Methods.ListInbox, """{"next":"x"}"""))
            .Append((Methods.ReadChanges, """{"since":"x"}""")).Append((Methods.RenewSession, """{"token":"x"}"""))
            .Append((Methods.CreateConversation, $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"group","participants":[],"title":"t"}"""))
            .Select(attempt => $$"""{"jsonrpc":"2.0","id":"x","method":"{{attempt.Item1}}","params":{{attempt.Item2}}}""");

        foreach (var frame in frames)
        {
            foreach (var at in StringEnds().Matches(frame).Select(match => match.Index))
            {
                await alice.SendAsync(frame.Insert(at, "\\u0000"));
                Assert.Equal((frame, at, "invalid_json"), (frame, at, Talk.CodeOf(await alice.ReadMessageAsync())));
            }
        }

        Assert.Equal(1, await server.NumberAsync($"select count(*) from entries"));
        using var raw = await server.ConnectAsync("alice", device: "raw");
        await raw.SendAsync(frames.First().Insert(5, "\0"));
        Assert.Equal("invalid_json", Talk.CodeOf(await raw.ReadMessageAsync()));
    }

    [Theory, EveryWay, Trait("Row", "TX-03")]
    public async Task Length_is_counted_in_code_points_whatever_they_are(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        var group = await alice.CreateGroupAsync("bob");
        foreach (var one in new[] { "x", "\U0001F600", "\u0301", "\u202E", "\u200D", "\uFFFD", "\U0010FFFF", "\"", "\u0001" })
        {
            var longest = string.Concat(Enumerable.Repeat(one, 8_000));
            Assert.Null(Talk.CodeOf(await alice.AskAsync(Methods.SendMessage, Message(group, Escaped(longest)))));
            Assert.Equal(longest, Talk.TextOf((await alice.EntriesAsync(group, ",\"limit\":1")).GetProperty("result").GetProperty("entries")[0]));
            Assert.Equal("too_large", Talk.CodeOf(await alice.AskAsync(Methods.SendMessage, Message(group, Escaped(longest + one)))));
            Assert.Equal("invalid_params", await TitleAsync(129));
            Assert.Null(await TitleAsync(128));

            async Task<string?> TitleAsync(int count) => Talk.CodeOf(await alice.AskAsync(Methods.CreateConversation,
                $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"group","participants":[],"title":{{Escaped(string.Concat(Enumerable.Repeat(one, count)))}}}"""));
        }
    }

    [Theory, EveryWay, Trait("Row", "TX-01"), Trait("Row", "G7")]
    public async Task Texts_that_only_look_the_same_are_two_texts(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        var group = await alice.CreateGroupAsync("bob");
        foreach (var (one, other) in new[] { ("\u00E9", "e\u0301"), ("\u00C5", "\u212B"), ("a", "\u0430"), ("x", "x\u200B"), ("x", "X"), ("x", "x "), ("\r\n", "\n"), ("\uFB01", "fi"), ("\u00DF", "ss") })
        {
            var message = Guid.NewGuid();
            Assert.Null(Talk.CodeOf(await alice.SayAsync(group, one, message)));
            Assert.Equal("id_in_use", Talk.CodeOf(await alice.SayAsync(group, other, message)));
            Assert.Equal(one, Talk.TextOf((await alice.SayAsync(group, one, message)).GetProperty("result")));
        }
    }

    /// <summary>Whether it may be a user's id.</summary>
    internal static bool IsUser(string text) => ValidUser().IsMatch(text) && text is not ("." or "..");

    internal static string? ExpectedRefusal(string text) =>
        text.Contains('\0') || HasLoneSurrogate(text) ? "invalid_json"
        : text.Length == 0 ? "invalid_params"
        : null;

    private static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (char.IsSurrogate(text[i])) return true;
        }

        return false;
    }

    /// <summary>A JSON string of ASCII only, every half of every pair written out.</summary>
    internal static string Escaped(string text) =>
        string.Concat(text.Select(character => character is >= ' ' and <= '~' and not '"' and not '\\' ? $"{character}" : $"\\u{(int)character:x4}")).Insert(0, "\"") + "\"";

    private static string Message(Guid conversation, string body) =>
        $$$"""{"conversation":"{{{conversation}}}","message":"{{{Guid.NewGuid()}}}","content":{"parts":[{"type":"text/plain","body":{{{body}}}}]}}""";

    /// <summary>What a failure shows: readable, and harmless to a terminal.</summary>
    internal static string Named(string text) => Escaped(text.Length > 60 ? text[..60] : text);

    private static async Task<List<string>> ReadAsync(ITalker client, Guid conversation)
    {
        var texts = new List<string>();
        for (var after = 1L; ;)
        {
            var page = (await client.EntriesAsync(conversation, $",\"after\":{after}")).GetProperty("result");
            foreach (var entry in page.GetProperty("entries").EnumerateArray())
            {
                texts.Add(Talk.TextOf(entry)!);
                after = entry.GetProperty("sequence").GetInt64();
            }

            if (!page.GetProperty("more").GetBoolean()) return texts;
        }
    }

    [GeneratedRegex(@"^[!$&()*+,\-.0-9:;=@A-Z\[\]^_`a-z{|}~]{1,128}\z")]
    private static partial Regex ValidUser();

    /// <summary>The places before the closing quotes of strings.</summary>
    [GeneratedRegex(@"(?<=[^:,\[{\\])""(?=[,:}\]])")]
    private static partial Regex StringEnds();
}
