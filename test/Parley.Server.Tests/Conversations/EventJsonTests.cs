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
    public void A_message_with_more_than_texts_loses_nothing()
    {
        var url = MessagePart.OfUrl("image/png", new Uri("https://example.org/a.png"), "a.png");
        MessageSent plain = new(MessageId.New(), new UserId("alice"), MessageContent.OfText("hi"));
        MessageSent[] messages =
        [
            plain with { Content = plain.Content with { Ext = CustomData.Parse("{}") } },
            plain with { Content = plain.Content with { Mentions = new Mentions(All: true) } },
            plain with { Content = new MessageContent([url]) }, plain with { Content = new MessageContent([url with { Url = null, Content = ContentId.New() }]) },
            plain with { Content = new MessageContent([plain.Content.Parts[0] with { Name = "n" }]) }, plain with { Content = new MessageContent([plain.Content.Parts[0] with { Size = 1 }]) },
            plain with { Content = new MessageContent([plain.Content.Parts[0] with { Width = 1 }]) }, plain with { Content = new MessageContent([plain.Content.Parts[0] with { Height = 1 }]) },
            plain with { Content = new MessageContent([plain.Content.Parts[0] with { DurationMs = 1 }]) },
            plain with { ReplyTo = MessageId.New() }, plain with { Forwarded = new ForwardedFrom(MessageId.New(), new UserId("bob"), DateTimeOffset.UnixEpoch) },
            plain with { Version = 1, EditedAt = DateTimeOffset.UnixEpoch }, plain with { Content = MessageContent.None, Recalled = true },
        ];

        Assert.All(messages, message =>
        {
            Assert.Equal(BySerializer(message), EventJson.Of(message));
            Assert.Equal(message, JsonSerializer.Deserialize(EventJson.Of(message), ProtocolJson.Lenient.ConversationEvent));
        });
    }

    [Fact]
    public void Other_events_are_written_by_the_serializer()
    {
        var left = new ParticipantLeft(new UserId("bob"));
        Assert.Equal(BySerializer(left), EventJson.Of(left));
    }

    [Fact]
    public void What_only_some_messages_have_is_not_left_out()
    {
        var plain = new MessageSent(MessageId.New(), new UserId("alice"), MessageContent.OfText("hi"));
        foreach (var sent in new[] { plain with { Expired = true }, plain with { Recipients = [new UserId("bob")] } }) Assert.Equal(BySerializer(sent), EventJson.Of(sent));
    }

    /// <summary>When this fails, <see cref="EventJson"/> must learn the new member first.</summary>
    [Fact]
    public void A_message_has_no_member_that_is_not_written_by_hand()
    {
        // A message with any of those behind the first is written by the serializer.
        Assert.Equal(["type", "message", "sender", "content", "replyTo", "forwarded", "version", "editedAt", "recalled", "expired", "recipients"], MembersOf<MessageSent>());
        Assert.Equal(["parts", "ext", "mentions"], MembersOf<MessageContent>());
        Assert.Equal(["type", "body", "content", "url", "name", "size", "hash", "width", "height", "durationMs"], MembersOf<MessagePart>());

        static IEnumerable<string> MembersOf<T>() => ProtocolJson.Lenient.Options.GetTypeInfo(typeof(T)).Properties.Where(member => member.Get is not null).Select(member => member.Name);
    }

    private static byte[] BySerializer(ConversationEvent happened) => JsonSerializer.SerializeToUtf8Bytes(happened, ProtocolJson.Lenient.ConversationEvent);
}
