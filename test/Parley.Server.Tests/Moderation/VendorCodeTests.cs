using System.Text.Json;
using System.Text.RegularExpressions;
using Parley.Moderation;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;

namespace Parley.Tests.Moderation;

/// <summary>What is refused, and the number that Agora Chat has for it: each through every way in.</summary>
public sealed partial class VendorCodeTests
{
    /// <summary>The numbers that Agora Chat and Easemob document for their web clients.</summary>
    private static readonly int[] Documented =
    [
        -4, -3, -2, -1, 50, 51, 52, 53, 101, 102, 200, 204, 205, 206, 207, 216, 217, 219, 221, 500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510, 511, 512,
        601, 602, 603, 605, 606, 607, 702, 704, 705, 1100, 1101, 1102, 1103, 1200, 1201, 1202, 1203, 1204, 1300, 1301, 1302, 1304,
    ];

    /// <summary>What the page says of those that no row has.</summary>
    private static readonly int[] NotOurs =
        [-4, -3, -2, -1, 52, 101, 102, 200, 204, 206, 207, 216, 217, 510, 607, 702, 704, 705, 1100, 1101, 1102, 1103, 1200, 1201, 1202, 1203, 1204, 1300, 1301];

    [Fact, Trait("Row", "B06"), Trait("Row", "A17")]
    public void Every_number_that_a_client_there_may_get_has_a_row_or_is_said_to_have_none()
    {
        Assert.Equal(Documented.Except(NotOurs), Refusals.All.Select(refusal => refusal.Agora).OfType<int>().Distinct().Order());
        var page = File.ReadAllText(Checkout.PathOf("docs/protocol/refusals.md"));
        var told = page[page.IndexOf("Its other numbers", StringComparison.Ordinal)..page.IndexOf("| code |", StringComparison.Ordinal)];
        var numbers = Numbers().Matches(told).SelectMany(match => Range(int.Parse(match.Groups["first"].Value), match.Groups["last"] is { Success: true, Value: var last } ? int.Parse(last) : null));
        // What one is told as has a row.
        Assert.Equal(NotOurs, numbers.Distinct().Where(number => Refusals.All.All(refusal => refusal.Agora != number)).Order());

        static IEnumerable<int> Range(int first, int? last) => Enumerable.Range(first, (last ?? first) - first + 1);
    }

    /// <summary>A number, or one and the last of a range.</summary>
    [GeneratedRegex(@"(?<![\w-])(?<first>-?\d+)(?: to (?<last>-?\d+))?")]
    private static partial Regex Numbers();

    [Theory, EveryWay, Trait("Row", "B06"), Trait("Row", "B31")]
    public async Task What_is_not_there_to_be_changed_or_was_changed_too_often(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Apps:demo:Messages:Edits", "1"));
        using var alice = await server.TalkAsync(way, "alice");
        var (group, message) = (await alice.CreateGroupAsync("bob"), Guid.NewGuid());
        await alice.SayAsync(group, "hi", message);

        Assert.Equal(("message_not_found", 51), Of(await EditAsync(Guid.NewGuid())));
        Assert.Equal(("message_not_found", 51), Of(await RecallAsync(Guid.NewGuid())));
        Assert.Null(Talk.CodeOf(await EditAsync(message)));
        Assert.Equal(("edit_limit", 1304), Of(await EditAsync(message)));
        Assert.Null(Talk.CodeOf(await RecallAsync(message)));
        Assert.Equal(("message_recalled", 1302), Of(await EditAsync(message)));
        var direct = Guid.NewGuid();
        Assert.Null(Talk.CodeOf(await alice.AskAsync(Methods.CreateConversation, $$"""{"conversation":"{{direct}}","kind":"direct","participants":["bob"]}""")));
        Assert.Equal(("not_for_this_kind", 53), Of(await alice.AskAsync(Methods.RemoveParticipants, $$"""{"conversation":"{{direct}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}""")));

        Task<JsonElement> EditAsync(Guid which) => alice.AskAsync(
            Methods.EditMessage, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","message":"{{which}}","content":{"parts":[{"type":"text/plain","body":"{{Guid.NewGuid()}}"}]} }""");

        Task<JsonElement> RecallAsync(Guid which) => alice.AskAsync(Methods.RecallMessage, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","message":"{{which}}"}""");
    }

    [Theory, EveryWay, Trait("Row", "A15"), Trait("Row", "A18"), Trait("Row", "B06")]
    public async Task Whom_the_app_has_muted_is_told_apart_from_who_is_muted_in_a_conversation(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        using var backend = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"));
        var group = await alice.CreateGroupAsync("bob");
        Assert.Null(Talk.CodeOf(await alice.SayAsync(group, "hi")));

        Assert.Null(Talk.CodeOf(await backend.AskAsync(Methods.MuteUser, """{"user":"alice"}""")));

        Assert.Equal(("muted_in_app", 219), Of(await alice.SayAsync(group, "hi again")));
        Assert.Null(Talk.CodeOf(await backend.AskAsync(Methods.UnmuteUser, """{"user":"alice"}""")));
        Assert.Null(Talk.CodeOf(await alice.SayAsync(group, "at last")));
    }

    [Theory, EveryWay, Trait("Row", "A08"), Trait("Row", "A09"), Trait("Row", "A10"), Trait("Row", "A17"), Trait("Row", "B06")]
    public async Task What_the_app_does_not_let_pass(Engine engine, Way way)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await RunningServer.StartAsync(engine, [interceptor], ("Apps:demo:Moderation:Lists:0:Name", "never"), ("Apps:demo:Moderation:Lists:0:Words:0", "never"));
        using var alice = await server.TalkAsync(way, "alice");
        var group = await alice.CreateGroupAsync("bob");
        interceptor.Say("wrong", MessageVerdict.Refuse("not here"));
        interceptor.Say("dubious", MessageVerdict.Hold());
        interceptor.Throw("fails");

        Assert.Equal(("filtered", 501), Of(await alice.SayAsync(group, "never")));
        var refused = await alice.SayAsync(group, "wrong");
        Assert.Equal(("intercepted", 502), Of(refused));
        Assert.Equal("not here", Talk.DetailOf(refused));
        Assert.Equal(("internal", 503), Of(await alice.SayAsync(group, "fails")));
        Assert.Equal(("held", 508), Of(await alice.SayAsync(group, "dubious")));
        Assert.Null(Talk.CodeOf(await alice.SayAsync(group, "fine")));
        Assert.Equal(("filtered", 501), Of(await alice.AskAsync(Methods.CreateConversation, $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"group","participants":[],"title":"Never"}""")));
        Assert.Equal(("filtered", 501), Of(await alice.AskAsync(Methods.UpdateConversation, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","description":"never"}""")));
    }

    [Theory, EveryWay, Trait("Row", "A11"), Trait("Row", "A12"), Trait("Row", "C4"), Trait("Row", "B06")]
    public async Task What_is_recalled_too_late_and_what_is_not_recalled_at_all(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Apps:demo:Messages:RecallWithin", "00:00:01"), ("Apps:other:Messages:Recall", "false"));
        using var alice = await server.TalkAsync(way, "alice");
        using var elsewhere = await server.TalkAsync(way, "alice", "other");
        var (late, off) = (await RecallAsync(alice, TimeSpan.FromSeconds(1.2)), await RecallAsync(elsewhere, TimeSpan.Zero));

        Assert.Equal(("too_late", 504), Of(late));
        // The service is not enabled: 505 says that, whatever its translation says.
        Assert.Equal(("recall_disabled", 505), Of(off));

        // Somebody who manages a group may recall whenever: bob, who is a member, may not.
        async Task<JsonElement> RecallAsync(ITalker creator, TimeSpan after)
        {
            using var bob = await server.TalkAsync(way, "bob", creator == alice ? "demo" : "other");
            var (group, message) = (await creator.CreateGroupAsync("bob"), Guid.NewGuid());
            await bob.SayAsync(group, "hi", message);
            await Task.Delay(after, TimeProvider.System);
            return await bob.AskAsync(Methods.RecallMessage, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","message":"{{message}}"}""");
        }
    }

    [Theory, EveryWay, Trait("Row", "A13"), Trait("Row", "A14"), Trait("Row", "A15"), Trait("Row", "A16"), Trait("Row", "A18"), Trait("Row", "A52"), Trait("Row", "B06")]
    public async Task Who_is_muted_blocked_banned_or_not_in_it_sends_neither_texts_nor_files(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        using var bob = await server.TalkAsync(way, "bob");
        var (muted, allMuted, left, banned, silent) = (await alice.CreateGroupAsync("bob"), await alice.CreateGroupAsync("bob"), await alice.CreateGroupAsync("bob", "carol"), await alice.CreateGroupAsync("bob", "carol"), await alice.CreateGroupAsync("bob"));
        var direct = (await bob.AskAsync(Methods.CreateConversation, $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"direct","participants":["alice"]}"""))
            .GetProperty("result").GetProperty("conversation").GetProperty("conversation").GetGuid();
        await DoAsync(Methods.MuteParticipants, muted, """ "users":["bob"] """);
        await DoAsync(Methods.UpdateConversation, allMuted, """ "muted":true """);
        await DoAsync(Methods.RemoveParticipants, left, """ "users":["bob"] """);
        await DoAsync(Methods.BanParticipants, banned, """ "users":["bob"] """);
        await DoAsync(Methods.ChangePermissions, silent, """ "participants":[{"user":"bob","permissions":["read"]}] """);
        Assert.Null(Talk.CodeOf(await alice.AskAsync(Methods.AddBlocks, """{"users":["bob"]}""")));

        foreach (var (conversation, code, agora) in new[]
        {
            (allMuted, "conversation_muted", 506), (muted, "muted", 507), (left, "not_participant", 602), (banned, "banned", 603), (silent, "permission_denied", 603),
            (direct, "blocked", 603), (Guid.NewGuid(), "not_found", 605),
        })
        {
            Assert.Equal((code, agora), Of(await bob.SayAsync(conversation, "hi")));
            Assert.Equal((code, agora), Of(await bob.AskAsync(
                Methods.SendMessage,
                $$"""{"conversation":"{{conversation}}","message":"{{Guid.NewGuid()}}","content":{"parts":[{"type":"image/png","url":"https://example.org/a.png"}]} }""")));
        }

        async Task DoAsync(string method, Guid conversation, string what) =>
            Assert.Null(Talk.CodeOf(await alice.AskAsync(method, $$"""{"conversation":"{{conversation}}","commandId":"{{Guid.NewGuid()}}",{{what}}}""")));
    }

    private static (string? Code, int? Agora) Of(JsonElement answer) => Talk.CodeOf(answer) is { } code ? (code, Refusals.Find(code)!.Agora) : (null, null);
}
