using System.Collections.Concurrent;
using System.Security.Cryptography;
using Parley.Client.Tests.Content;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Kills;

/// <summary>A program is killed while the outbox uploads a file: the next run goes on where the server is, and sends the message.</summary>
public sealed class KilledUploadTests
{
    private const int FileBytes = 12 * 1024 * 1024;

    [Fact]
    [Trait("Row", "S27")]
    [Trait("Row", "G6")]
    public async Task An_upload_of_the_outbox_is_gone_on_with_after_kills_and_never_from_zero()
    {
        await using var server = await RealServer.StartNewAsync();
        await using var wire = new CuttingWire(server.Address);
        await using var bob = server.ClientOf("bob");
        await bob.ConnectAsync();
        var conversation = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var (store, file) = (Path.Combine(server.Folder, "alice.store"), Path.Combine(server.Folder, "film.bin"));
        var bytes = RandomNumberGenerator.GetBytes(FileBytes);
        await File.WriteAllBytesAsync(file, bytes);
        var settled = new ConcurrentDictionary<string, string>();

        for (var kill = 1; kill <= 2; kill++)
        {
            wire.HoldSending(after: FileBytes / 3);
            var sender = kill == 1 ? Start(first: 1, last: 2, file) : Start(first: 3, last: 2);
            await UntilAsync(() => wire.IsHolding, "a third is on its way");
            Assert.Empty(settled);
            await sender.KillAsync();
            wire.Release();
        }

        var last = Start(first: 3, last: 2);
        await UntilAsync(() => settled.Count == 2, "both messages are settled");
        await last.EndAsync();

        Assert.All(settled.Values, how => Assert.Equal("recorded", how));
        // What the web server had not handed on when a connection broke is sent again, and no more.
        Assert.InRange(wire.Sent, FileBytes, FileBytes + (FileBytes / 3));
        var log = (await bob.Conversations.ReadEntriesAsync(new ReadEntries(conversation, After: Sequence.None))).Entries.Where(entry => entry.Event is MessageSent).ToList();
        Assert.Equal(["1", "2"], log.Select(entry => entry.Text()));
        var sent = (MessageSent)log[0].Event;
        var part = sent.Content.Parts[0];
        Assert.Equal((2, "film.bin", (long)FileBytes, Convert.ToHexStringLower(SHA256.HashData(bytes))), (sent.Content.Parts.Count, part.Name, part.Size, part.Hash));
        var fetched = new MemoryStream();
        await bob.Content.DownloadAsync(part.Content!.Value, conversation, sent.Message, fetched);
        Assert.Equal(FileBytes, fetched.Length);

        SenderProcess Start(int first, int last, string? with = null) => SenderProcess.Start(wire.Address, server.TokenOf("alice"), conversation, store, first, last, settled, with);
    }
}
