using Parley.Chat;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Chat;

public sealed class ChatCompletionTests
{
    private static readonly ConversationId Conversation = ConversationId.New();

    [Theory]
    [InlineData("/ed", "/edit ")]
    [InlineData("/edi", "/edit ")]
    [InlineData("/dance", "/dance")]
    [InlineData("/unmutea", "/unmuteall ")]
    [InlineData("/kick ca", "/kick carol ")]
    [InlineData("/attribute @b", "/attribute @bob ")]
    [InlineData("/kick zo", "/kick zo")]
    [InlineData("/kick ", "/kick ")]
    [InlineData("/edit", "/edit see you\nat five")]
    [InlineData("/edit ", "/edit see you\nat five")]
    [InlineData("/edit #2", "/edit #2 hello")]
    [InlineData("/edit #3 ", "/edit #3 ")]
    [InlineData("/edit #9", "/edit #9")]
    [InlineData("/edit see b", "/edit see bob ")]
    public void A_command_somebody_or_the_text_of_a_message_is_completed(string draft, string then)
    {
        var completion = ChatCompletion.Of(draft, Held());

        Assert.Equal(then, completion?.Text);
        Assert.Empty(completion!.Candidates);
    }

    [Fact]
    public void What_may_be_several_things_is_completed_as_far_as_they_are_the_same_and_they_are_told()
    {
        var completion = ChatCompletion.Of("/unm", Held())!;

        Assert.Equal("/unmute", completion.Text);
        Assert.Equal(["/unmute", "/unmuteall"], completion.Candidates);
        Assert.Equal(ChatCompletion.Commands, ChatCompletion.Of("/", null)!.Candidates);
        Assert.Equal(["/edit"], ChatCompletion.Commands.Where(command => command.StartsWith("/edit", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("hello b")]
    [InlineData("")]
    [InlineData("//ed")]
    public void What_is_no_command_is_not_completed(string draft) => Assert.Null(ChatCompletion.Of(draft, Held()));

    [Fact]
    public void Before_there_is_a_conversation_commands_are_completed_all_the_same()
    {
        Assert.Equal("/edit ", ChatCompletion.Of("/edit", null)!.Text);
        Assert.Equal("/kick b", ChatCompletion.Of("/kick b", null)!.Text);
    }

    private static Timeline Held()
    {
        var created = new ConversationCreated(Alice, ConversationKind.Group, null, Permissions.Read, [new Participant(Alice), new Participant(Bob), new Participant(Carol)]);
        LogEntry[] entries =
        [
            created.Happened(Conversation, 1), Alice.Says(Conversation, 2, "hello"), Alice.Says(Conversation, 3, "gone"), Alice.Says(Conversation, 4, "see you\nat five"), Bob.Says(Conversation, 5, "yes"),
        ];
        var timeline = entries.Aggregate(Timeline.Empty(Conversation, Alice), (now, entry) => now.Apply(entry).Timeline);
        return timeline.Apply(new MessageRecalled(Alice, ((MessageSent)entries[2].Event).Message, new Sequence(3)).Happened(Conversation, 6)).Timeline;
    }
}
