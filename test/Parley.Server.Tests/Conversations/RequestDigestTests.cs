using System.Security.Cryptography;
using System.Text;
using Parley.Conversations;

namespace Parley.Tests.Conversations;

/// <summary>Digests outlive the server that made them, so their bytes are written down here.</summary>
public sealed class RequestDigestTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(number => (byte)number)];

    [Fact, Trait("Row", "G7")]
    public void The_digest_of_a_message_is_the_keyed_hash_of_its_parts_with_their_lengths()
    {
        byte[] encoded =
        [
            1, 0, 0, 0, 12, .. "message.send"u8, 0, 0, 0, 1, 0, 0, 0, 10, .. "text/plain"u8, 0, 0, 0, 6, .. Encoding.UTF8.GetBytes("hi é!"),
        ];

        Assert.Equal(HMACSHA256.HashData(Key, encoded), new RequestDigest(Key).Of(Hello("hi é!")));
    }

    [Fact, Trait("Row", "G7")]
    public async Task Digests_of_several_databases_made_on_all_threads_at_once_do_not_mix()
    {
        var digests = Enumerable.Range(0, 4).Select(number => new RequestDigest([.. Key.Select(unit => (byte)(unit + number))])).ToArray();
        var expected = digests.Select(digest => digest.Of(Hello("hi"))).ToArray();
        Assert.Equal(4, expected.Select(Convert.ToHexString).Distinct().Count());

        await Parallel.ForEachAsync(Enumerable.Range(0, 2_000), (index, _) =>
        {
            Assert.Equal(expected[index % 4], digests[index % 4].Of(Hello("hi")));
            Assert.NotEqual(expected[index % 4], digests[index % 4].Of(Hello($"hi {index}")));
            return ValueTask.CompletedTask;
        });
    }

    private static SendMessage Hello(string text) => new(ConversationId.New(), MessageId.New(), MessageContent.OfText(text));
}
