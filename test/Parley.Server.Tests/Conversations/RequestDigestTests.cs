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
    public void The_digest_of_a_creation_is_the_keyed_hash_of_what_was_decided()
    {
        var created = new ConversationCreated(new UserId("bob"), ConversationKind.Group, "lunch", Permissions.Read, [new Participant(new UserId("bob")), new Participant(new UserId("al"))]);
        byte[] method = [1, 0, 0, 0, 19, .. "conversation.create"u8, 0, 0, 0, (byte)ConversationKind.Group];
        byte[] rest = [0, 0, 0, (byte)Permissions.Read, 0, 0, 0, 3, .. "bob"u8, 0, 0, 0, 2, .. "al"u8];
        byte[] titled = [.. method, 0, 0, 0, 5, .. "lunch"u8, .. rest];
        byte[] untitled = [.. method, 0, 0, 0, 0, .. rest];

        Assert.Equal(HMACSHA256.HashData(Key, titled), new RequestDigest(Key).Of(created));
        Assert.Equal(HMACSHA256.HashData(Key, untitled), new RequestDigest(Key).Of(created with { Title = null }));
    }

    [Fact, Trait("Row", "G7")]
    public void The_digest_of_a_change_of_participants_is_the_keyed_hash_of_its_users_in_order_and_once()
    {
        byte[] encoded = [1, 0, 0, 0, 16, .. "conversation.add"u8, 0, 0, 0, 5, .. "alice"u8, 0, 0, 0, 3, .. "bob"u8];

        Assert.Equal(HMACSHA256.HashData(Key, encoded), new RequestDigest(Key).Of("conversation.add", [new UserId("bob"), new UserId("alice"), new UserId("bob")]));
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
