using System.Net;
using System.Security.Cryptography;

namespace Parley.Tests.Content;

/// <summary>Messages refer to what was uploaded; who reads the message may fetch it.</summary>
public sealed class ContentInMessagesTests
{
    [Theory, EveryEngine, Trait("Row", "A21"), Trait("Row", "A25"), Trait("Row", "B20"), Trait("Row", "C7")]
    public async Task The_server_says_what_a_part_is_whatever_its_sender_said(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        using var bob = UploadClient.Of(server, "bob");
        var (group, message) = (await alice.CreateGroupAsync("bob"), Guid.NewGuid());
        // More than a part may hold inline.
        var picture = (byte[])[.. Pictures.Png(20, 30), .. new byte[3_000]];
        var uploaded = await alice.UploadAsync(picture, "image/png", "a.png");

        var sent = await alice.SendFileAsync(group, uploaded.Content, message, ""","size":1,"width":7,"name":"mine.png" """);
        var page = await bob.AskAsync(Methods.ReadEntries, $$"""{"conversation":"{{group}}","limit":1}""");

        var part = page.GetProperty("entries")[0].GetProperty("event").GetProperty("content").GetProperty("parts")[1];
        Assert.Equal(
            $$"""{"type":"image/png","content":"{{uploaded.Content}}","name":"mine.png","size":{{picture.Length}},"hash":"{{uploaded.Hash}}","width":20,"height":30}""", part.GetRawText());
        Assert.Equal(sent.GetProperty("event").GetRawText(), page.GetProperty("entries")[0].GetProperty("event").GetRawText());
        using var fetched = await bob.FetchAsync(await bob.UrlAsync(uploaded.Content, group, message));
        Assert.Equal(picture, await fetched.Content.ReadAsByteArrayAsync());
    }

    [Theory, EveryEngine, Trait("Row", "ID-03"), Trait("Row", "TE-01")]
    public async Task What_is_not_ones_own_nor_read_by_one_cannot_be_sent_and_is_as_good_as_none(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        using var mallory = UploadClient.Of(server, "mallory");
        using var stranger = UploadClient.Of(server, "alice", "other");
        var (group, message) = (await alice.CreateGroupAsync("bob"), Guid.NewGuid());
        var uploaded = await alice.UploadAsync([1, 2, 3]);
        await alice.SendFileAsync(group, uploaded.Content, message);
        foreach (var client in new[] { mallory, stranger })
        {
            var own = await client.CreateGroupAsync("carol");
            var refused = await client.SendFileAsync(own, uploaded.Content);
            var none = await client.SendFileAsync(own, ContentId.New());
            var (text, edited) = (Guid.NewGuid(), await client.UploadAsync([9]));
            await client.SendFileAsync(own, edited.Content, text);

            Assert.Equal(("not_found", "$.content.parts[1].content: no such content"), (FileTalk.CodeOf(refused), FileTalk.DetailOf(refused)));
            Assert.Equal(none.GetRawText(), refused.GetRawText());
            Assert.Equal("$.content.parts[0].content: no such content", FileTalk.DetailOf(await client.EditFileAsync(own, text, uploaded.Content)));
            Assert.Equal(
                (await client.AskAsync(Methods.GetContentUrl, $$"""{"content":"{{ContentId.New()}}","conversation":"{{group}}","message":"{{message}}"}""")).GetRawText(),
                (await client.AskAsync(Methods.GetContentUrl, $$"""{"content":"{{uploaded.Content}}","conversation":"{{group}}","message":"{{message}}"}""")).GetRawText());
            Assert.Equal("not_found", FileTalk.CodeOf(await client.AskAsync(Methods.GetContent, $$"""{"content":"{{uploaded.Content}}"}""")));
            using var deleted = await client.SendAsync(HttpMethod.Delete, $"/v1/content/{uploaded.Content}");
            Assert.Equal(HttpStatusCode.NotFound, deleted.StatusCode);
        }
    }

    [Theory, EveryEngine, Trait("Row", "ID-02"), Trait("Row", "G18")]
    public async Task Who_was_removed_fetches_what_came_before_and_nothing_after_and_an_address_ends_with_the_message(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        using var bob = UploadClient.Of(server, "bob");
        var (group, before, after) = (await alice.CreateGroupAsync("bob", "carol"), Guid.NewGuid(), Guid.NewGuid());
        var (first, second) = (await alice.UploadAsync([1]), await alice.UploadAsync([2]));
        await alice.SendFileAsync(group, first.Content, before);
        var url = await bob.UrlAsync(first.Content, group, before);
        await alice.AskAsync(Methods.RemoveParticipants, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}""");
        await alice.SendFileAsync(group, second.Content, after);

        Assert.True(await bob.FetchesAsync(first.Content, group, before));
        Assert.False(await bob.FetchesAsync(second.Content, group, after));
        // The content of one message is not that of another.
        Assert.False(await alice.FetchesAsync(second.Content, group, before));
        using var still = await bob.FetchAsync(url);
        await alice.RecallAsync(group, before);
        using var gone = await bob.FetchAsync(url);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.NotFound], [still.StatusCode, gone.StatusCode]);
    }

    [Theory, EveryEngine, Trait("Row", "B32")]
    public async Task Who_was_not_in_it_when_a_file_was_sent_neither_fetches_it_nor_sends_it_on_where_history_is_that_of_a_participation(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        using var bob = UploadClient.Of(server, "bob");
        var (group, before, after) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await alice.AskAsync(Methods.CreateConversation, $$$"""{"conversation":"{{{group}}}","kind":"group","participants":["carol"],"settings":{"history":"whileIn"}}""");
        var (own, first, second) = (await bob.CreateGroupAsync("dave"), await alice.UploadAsync([1]), await alice.UploadAsync([2]));
        await alice.SendFileAsync(group, first.Content, before);
        await alice.AskAsync(Methods.AddParticipants, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}""");
        await alice.SendFileAsync(group, second.Content, after);

        Assert.False(await bob.FetchesAsync(first.Content, group, before));
        Assert.Equal("not_found", FileTalk.CodeOf(await bob.SendFileAsync(own, first.Content)));
        Assert.True(await bob.FetchesAsync(second.Content, group, after));
        Assert.Null(FileTalk.CodeOf(await bob.SendFileAsync(own, second.Content)));
    }

    [Theory, EveryEngine, Trait("Row", "G16"), Trait("Row", "B05"), Trait("Row", "ID-03")]
    public async Task A_recall_takes_its_files_back_and_leaves_those_of_others_alone(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        using var bob = UploadClient.Of(server, "bob");
        var (group, other) = (await alice.CreateGroupAsync("bob"), await bob.CreateGroupAsync("carol"));
        var (message, copy, same) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var bytes = RandomNumberGenerator.GetBytes(2_000);
        var uploaded = await alice.UploadAsync(bytes);
        var bobs = await bob.UploadAsync(bytes);
        await alice.SendFileAsync(group, uploaded.Content, message);
        Assert.Null(FileTalk.CodeOf(await bob.ForwardAsync(group, message, other, copy)));
        Assert.Null(FileTalk.CodeOf(await bob.SendFileAsync(other, bobs.Content, same)));

        await alice.RecallAsync(group, message);

        Assert.False(await bob.FetchesAsync(uploaded.Content, group, message));
        Assert.True(await bob.FetchesAsync(uploaded.Content, other, copy));
        await bob.RecallAsync(other, copy);
        Assert.False(await bob.FetchesAsync(uploaded.Content, other, copy));
        Assert.Equal("not_found", FileTalk.CodeOf(await alice.AskAsync(Methods.GetContentUrl, $$"""{"content":"{{uploaded.Content}}"}""")));
        Assert.Equal("not_found", FileTalk.CodeOf(await alice.SendFileAsync(group, uploaded.Content)));
        // The same bytes of another upload stay.
        Assert.True(await bob.FetchesAsync(bobs.Content, other, same));
    }

    [Theory, EveryEngine, Trait("Row", "A21")]
    public async Task Content_that_was_received_can_be_sent_on_and_an_edit_takes_other_content(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        using var bob = UploadClient.Of(server, "bob");
        using var carol = UploadClient.Of(server, "carol");
        var (group, other) = (await alice.CreateGroupAsync("bob"), await bob.CreateGroupAsync("carol"));
        var (message, on) = (Guid.NewGuid(), Guid.NewGuid());
        var (first, second) = (await alice.UploadAsync([1]), await alice.UploadAsync([2]));
        await alice.SendFileAsync(group, first.Content, message);

        Assert.Null(FileTalk.CodeOf(await bob.SendFileAsync(other, first.Content, on)));
        var edited = await alice.EditFileAsync(group, message, second.Content);

        Assert.Equal(second.Hash, edited.GetProperty("event").GetProperty("content").GetProperty("parts")[0].GetProperty("hash").GetString());
        Assert.True(await carol.FetchesAsync(first.Content, other, on));
        Assert.False(await bob.FetchesAsync(first.Content, group, message));
        Assert.True(await bob.FetchesAsync(second.Content, group, message));
        Assert.Equal(2, await server.NumberAsync($"select count(*) from content_uses"));
    }

    [Theory, EveryEngine, Trait("Row", "A21")]
    public async Task A_copy_of_a_send_gets_the_first_answer_also_when_the_content_is_gone(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        var (group, message) = (await alice.CreateGroupAsync("bob"), Guid.NewGuid());
        var uploaded = await alice.UploadAsync([1]);

        var first = await alice.SendFileAsync(group, uploaded.Content, message);
        var copy = await alice.SendFileAsync(group, uploaded.Content, message);
        var differs = await alice.SendFileAsync(group, ContentId.New(), message);
        await alice.RecallAsync(group, message);
        var late = await alice.SendFileAsync(group, uploaded.Content, message);

        Assert.Equal(first.GetRawText(), copy.GetRawText());
        Assert.Equal("id_in_use", FileTalk.CodeOf(differs));
        Assert.Equal(first.GetProperty("sequence").GetInt64(), late.GetProperty("sequence").GetInt64());
        Assert.Equal(0, await server.NumberAsync($"select count(*) from content_uses"));
    }

    [Theory, EveryEngine, Trait("Row", "A21")]
    public async Task What_follows_a_message_with_a_file_on_a_connection_comes_after_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var uploads = new List<ContentId>();
        for (var i = 0; i < 10; i++) uploads.Add((await server.UploadAsync("alice", [(byte)i])).Content);

        // One after another without waiting, as the frames of a connection are handed over.
        var asked = uploads.SelectMany(content => new[]
        {
            server.AskAsync<LogEntry>(server.As("alice"), new SendMessage(conversation, MessageId.New(), new MessageContent([MessagePart.OfContent("x/y", content)]))),
            server.SendAsync("alice", conversation, "text"),
        }).ToArray();
        var entries = await Task.WhenAll(asked);

        Assert.Equal(Enumerable.Range(2, 20).Select(number => (long)number), entries.Select(entry => entry.Value!.Sequence.Value));
    }
}
