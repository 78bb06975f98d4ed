using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Parley.Conversations;

namespace Parley.Tests.Conversations;

/// <summary>Messages are written by hand, and must be written as the serializer writes them: clients and old logs know only that form.</summary>
public sealed class EventJsonTests
{
    [Fact]
    public void A_message_is_written_as_the_serializer_writes_it()
    {
        var texts = Gen.OneOf(Gen.Elements(Hostile.NaughtyStrings.All.ToArray()), ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get));
        var parts = from type in Gen.Elements("text/plain", "image/png", "a\"b") from body in texts select new MessagePart(type, body);
        var messages = from some in parts.ListOf() from sender in Gen.Elements("alice", "bob+1@example.org", "a&b") select
            new MessageSent(MessageId.New(), new UserId(sender), new MessageContent([.. some]));

        Prop.ForAll(Arb.From(messages), message => Assert.Equal(BySerializer(message), EventJson.Of(message))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Other_events_are_written_by_the_serializer()
    {
        var left = new ParticipantLeft(new UserId("bob"));
        Assert.Equal(BySerializer(left), EventJson.Of(left));
    }

    /// <summary>When this fails, <see cref="EventJson"/> must learn the new member first.</summary>
    [Fact]
    public void A_message_has_no_member_that_is_not_written_by_hand()
    {
        Assert.Equal(["type", "message", "sender", "content"], MembersOf<MessageSent>());
        Assert.Equal(["parts"], MembersOf<MessageContent>());
        Assert.Equal(["type", "body"], MembersOf<MessagePart>());

        static IEnumerable<string> MembersOf<T>() => ProtocolJson.Lenient.Options.GetTypeInfo(typeof(T)).Properties.Select(member => member.Name);
    }

    private static byte[] BySerializer(ConversationEvent happened) => JsonSerializer.SerializeToUtf8Bytes(happened, ProtocolJson.Lenient.ConversationEvent);
}
