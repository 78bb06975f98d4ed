using System.Text.Json;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <content>Texts beside messages: what a conversation says of itself, and what a user says beside it.</content>
public sealed partial class TextTests
{
    [Theory, EveryWay, Trait("Row", "TX-01"), Trait("Row", "SQ-01")]
    public async Task Every_string_in_settings_and_attributes_is_returned_as_it_was_sent_or_refused(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        using var bob = await server.TalkAsync(way, "bob");
        var group = await alice.CreateGroupAsync("bob");
        foreach (var text in NaughtyStrings.All.Distinct(StringComparer.Ordinal))
        {
            var expected = WhenTooLong(text, text.EnumerateRunes().Count() > 512, "invalid_params");
            // A number beside it, so that what comes twice in a row is a change.
            var updated = await alice.AskAsync(Methods.UpdateConversation, $$$"""
                {"conversation":"{{{group}}}","commandId":"{{{Guid.NewGuid()}}}","description":{{{Escaped(text)}}},"announcement":{{{Escaped(text)}}},"customData":{"a":[{{{Escaped(text)}}}],"n":"{{{Guid.NewGuid()}}}"}}
                """);
            Assert.Equal((Named(text), expected), (Named(text), Talk.CodeOf(updated)));
            if (expected is null)
            {
                var settings = (await bob.AskAsync(Methods.GetConversation, $$"""{"conversation":"{{group}}"}""")).GetProperty("result").GetProperty("settings");
                Assert.Equal((text, text), (TextIn(settings, "description"), TextIn(settings, "announcement")));
                Assert.Equal(text, settings.GetProperty("customData").GetProperty("a")[0].GetString());
            }

            expected = WhenTooLong(text, text.EnumerateRunes().Sum(rune => rune.Utf8SequenceLength) > 4_096, "too_large");
            var set = await alice.AskAsync(Methods.SetAttributes, $$$"""{"conversation":"{{{group}}}","commandId":"{{{Guid.NewGuid()}}}","set":{"a":{{{Escaped(text)}}}}}""");
            Assert.Equal((Named(text), expected), (Named(text), Talk.CodeOf(set)));
            if (expected is not null) continue;
            var attributes = await bob.AskAsync(Methods.GetAttributes, $$"""{"conversation":"{{group}}"}""");
            Assert.Equal(text, attributes.GetProperty("result").GetProperty("attributes").GetProperty("a").GetString());
        }
    }

    [Theory, EveryWay, Trait("Row", "TX-01"), Trait("Row", "SQ-01")]
    public async Task Every_string_in_a_draft_a_presence_and_a_request_to_be_let_in_is_returned_as_it_was_sent_or_refused(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        using var bob = await server.TalkAsync(way, "bob");
        // Whose presence is told, a device has to be there for.
        using var here = await server.ConnectAsync("alice", device: "tablet");
        var group = await alice.CreateGroupAsync("bob");
        var club = Guid.NewGuid();
        Assert.Null(Talk.CodeOf(await bob.AskAsync(
            Methods.CreateConversation, $$$"""{"conversation":"{{{club}}}","kind":"group","participants":[],"settings":{"public":true,"approval":true}}""")));
        foreach (var text in NaughtyStrings.All)
        {
            var expected = WhenTooLong(text, isTooLong: false, "too_large");
            var draft = await alice.AskAsync(Methods.UpdateInbox, $$"""{"conversation":"{{group}}","draft":{{Escaped(text)}}}""");
            Assert.Equal((Named(text), expected), (Named(text), Talk.CodeOf(draft)));
            if (expected is null)
            {
                var item = (await alice.AskAsync(Methods.ListInbox, """{"limit":1}""")).GetProperty("result").GetProperty("conversations")[0];
                Assert.Equal(text, item.TryGetProperty("flags", out var flags) ? TextIn(flags, "draft") : "");
            }

            expected = WhenTooLong(text, text.EnumerateRunes().Sum(rune => rune.Utf8SequenceLength) > 1_024, "too_large");
            var chosen = await alice.AskAsync(Methods.SetPresence, $$"""{"status":"busy","text":{{Escaped(text)}}}""");
            Assert.Equal((Named(text), expected), (Named(text), Talk.CodeOf(chosen)));
            if (expected is null) Assert.Equal(text, TextIn(chosen.GetProperty("result"), "text"));

            expected = WhenTooLong(text, text.EnumerateRunes().Count() > 512, "invalid_params");
            var asked = await alice.AskAsync(Methods.JoinConversation, $$"""{"conversation":"{{club}}","commandId":"{{Guid.NewGuid()}}","message":{{Escaped(text)}}}""");
            Assert.Equal((Named(text), expected), (Named(text), Talk.CodeOf(asked)));
            if (expected is not null) continue;
            var waiting = (await bob.AskAsync(Methods.ListParticipants, $$"""{"conversation":"{{club}}","list":"requests"}""")).GetProperty("result").GetProperty("users")[0];
            Assert.Equal((Named(text), text), (Named(text), TextIn(waiting, "message")));
            Assert.Null(Talk.CodeOf(await bob.AskAsync(Methods.DeclineJoins, $$"""{"conversation":"{{club}}","commandId":"{{Guid.NewGuid()}}","users":["alice"]}""")));
        }
    }

    /// <summary>Texts that may be empty: nothing is what was there before.</summary>
    private static string? WhenTooLong(string text, bool isTooLong, string code) =>
        (text.Length == 0 ? null : ExpectedRefusal(text)) ?? (isTooLong ? code : null);

    private static string TextIn(JsonElement here, string member) => here.TryGetProperty(member, out var text) ? text.GetString()! : "";
}
