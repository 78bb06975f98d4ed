using Parley.Chat;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Chat;

public sealed class ChatInputTests
{
    [Fact]
    public void What_does_not_begin_with_a_slash_is_said()
    {
        Assert.Equal(new ChatInput.Say("hello\n/quit"), ChatInput.Parse("hello\n/quit"));
        Assert.Equal(new ChatInput.Say("/etc/hosts"), ChatInput.Parse("//etc/hosts"));
        Assert.IsType<ChatInput.Nothing>(ChatInput.Parse("  \n "));
    }

    [Fact]
    public void Commands_take_users_and_a_title()
    {
        var group = Assert.IsType<ChatInput.Group>(ChatInput.Parse("/group bob, carol : the lunch club"));
        Assert.Equal([Bob, Carol], group.Users);
        Assert.Equal("the lunch club", group.Title);
        Assert.Null(Assert.IsType<ChatInput.Group>(ChatInput.Parse("/group bob")).Title);
        Assert.Equal([Carol], Assert.IsType<ChatInput.Add>(ChatInput.Parse("/add carol")).Users);
        Assert.Equal([new UserId("bob:chat")], Assert.IsType<ChatInput.Group>(ChatInput.Parse("/group bob:chat")).Users);
        Assert.Equal(new ChatInput.ShowInbox(false), ChatInput.Parse("/inbox"));
        Assert.Equal(new ChatInput.ShowInbox(true), ChatInput.Parse("/inbox archived"));
        Assert.Equal(new ChatInput.Open("2"), ChatInput.Parse("/open 2"));
        Assert.IsType<ChatInput.Leave>(ChatInput.Parse("/leave"));
        Assert.Equal(new ChatInput.Rename("Alice of X"), ChatInput.Parse("/name  Alice of X "));
        Assert.Equal(new ChatInput.Rename(""), ChatInput.Parse("/name"));
        Assert.IsType<ChatInput.Quit>(ChatInput.Parse("/quit"));
    }

    [Fact]
    public void Commands_about_people_take_them_and_a_time_where_there_is_one()
    {
        Assert.Equal([Bob, Carol], Assert.IsType<ChatInput.Invite>(ChatInput.Parse("/invite bob, carol")).Users);
        Assert.Equal([Bob], Assert.IsType<ChatInput.Kick>(ChatInput.Parse("/kick bob")).Users);
        Assert.Equal([Bob], Assert.IsType<ChatInput.Ban>(ChatInput.Parse("/ban bob")).Users);
        Assert.Equal([Bob], Assert.IsType<ChatInput.Unban>(ChatInput.Parse("/unban bob")).Users);
        Assert.Equal([Bob], Assert.IsType<ChatInput.Admin>(ChatInput.Parse("/admin bob")).Users);
        Assert.Equal([Bob], Assert.IsType<ChatInput.Unmute>(ChatInput.Parse("/unmute bob")).Users);
        var mute = Assert.IsType<ChatInput.Mute>(ChatInput.Parse("/mute bob carol 10m"));
        Assert.Equal([Bob, Carol], mute.Users);
        Assert.Equal(TimeSpan.FromMinutes(10), mute.Time);
        Assert.Null(Assert.IsType<ChatInput.Mute>(ChatInput.Parse("/mute bob")).Time);
        Assert.Equal([Bob, Carol], Assert.IsType<ChatInput.Block>(ChatInput.Parse("/block bob carol")).Users);
        Assert.Equal([Bob], Assert.IsType<ChatInput.Unblock>(ChatInput.Parse("/unblock bob")).Users);
        Assert.Equal(new ChatInput.Befriend(Bob), ChatInput.Parse("/contact bob"));
        Assert.Equal(new ChatInput.Unfriend(Bob), ChatInput.Parse("/uncontact bob"));
        Assert.IsType<ChatInput.ShowContacts>(ChatInput.Parse("/contacts"));
        // A user may be called so.
        Assert.Equal([new UserId("10m")], Assert.IsType<ChatInput.Mute>(ChatInput.Parse("/mute 10m")).Users);
    }

    [Fact]
    public void Conversations_of_every_kind_are_made_and_found()
    {
        var club = Assert.IsType<ChatInput.Club>(ChatInput.Parse("/club bob, carol : chess"));
        Assert.Equal(("chess", 2), (club.Title, club.Users.Count));
        var news = Assert.IsType<ChatInput.Broadcast>(ChatInput.Parse("/broadcast bob"));
        Assert.Equal((null, Bob), (news.Title, Assert.Single(news.Users)));
        Assert.Equal(new ChatInput.Room("the  lobby"), ChatInput.Parse("/room the  lobby "));
        Assert.IsType<ChatInput.ShowPublic>(ChatInput.Parse("/public"));
        Assert.Equal(new ChatInput.Join(2, null), ChatInput.Parse("/join 2"));
        Assert.Equal(new ChatInput.Join(2, "I play  well"), ChatInput.Parse("/join 2  I play  well"));
        Assert.IsType<ChatInput.ShowRequests>(ChatInput.Parse("/requests"));
        Assert.Equal([Bob], Assert.IsType<ChatInput.Approve>(ChatInput.Parse("/approve bob")).Users);
        Assert.Equal([Bob, Carol], Assert.IsType<ChatInput.Reject>(ChatInput.Parse("/reject bob carol")).Users);
    }

    [Fact]
    public void A_conversation_is_looked_after_handed_over_and_ended()
    {
        Assert.Equal([Bob], Assert.IsType<ChatInput.Member>(ChatInput.Parse("/member bob")).Users);
        Assert.Equal(new ChatInput.HandOver(Bob), ChatInput.Parse("/owner bob"));
        Assert.Equal([Bob], Assert.IsType<ChatInput.Allow>(ChatInput.Parse("/allow bob")).Users);
        Assert.Equal([Bob], Assert.IsType<ChatInput.Disallow>(ChatInput.Parse("/disallow bob")).Users);
        Assert.IsType<ChatInput.MuteAll>(ChatInput.Parse("/muteall"));
        Assert.IsType<ChatInput.UnmuteAll>(ChatInput.Parse("/unmuteall"));
        Assert.IsType<ChatInput.Delete>(ChatInput.Parse("/delete yes"));
    }

    [Fact]
    public void What_concerns_the_user_alone_takes_a_time_or_a_status_and_a_text()
    {
        foreach (var step in Enum.GetValues<ShelfStep>()) Assert.Equal(new ChatInput.Shelve(step), ChatInput.Parse($"/{step.ToString().ToLowerInvariant()}"));
        Assert.Equal(new ChatInput.Silence(null), ChatInput.Parse("/silence"));
        Assert.Equal(new ChatInput.Silence(TimeSpan.FromHours(8)), ChatInput.Parse("/silence 8h"));
        Assert.IsType<ChatInput.Unsilence>(ChatInput.Parse("/unsilence"));
        Assert.Equal(new ChatInput.SetStatus(PresenceStatus.Busy, "in a  meeting"), ChatInput.Parse("/status busy in a  meeting"));
        Assert.Equal(new ChatInput.SetStatus(PresenceStatus.Online, ""), ChatInput.Parse("/status online"));
        Assert.Equal(new ChatInput.SetStatus(PresenceStatus.Away, ""), ChatInput.Parse("/status away"));
        Assert.Equal(new ChatInput.SetStatus(PresenceStatus.Invisible, ""), ChatInput.Parse("/status invisible"));
        Assert.Equal(new ChatInput.SetStatus(null, ""), ChatInput.Parse("/status auto"));
    }

    [Fact]
    public void A_message_is_named_by_its_number_or_not_at_all()
    {
        var four = new Sequence(4);
        Assert.Equal(new ChatInput.Reply(null, "I am  coming"), ChatInput.Parse("/reply I am  coming"));
        Assert.Equal(new ChatInput.Reply(four, "I am coming"), ChatInput.Parse("/reply  #4 I am coming"));
        Assert.Equal(new ChatInput.Reply(null, "4 of us"), ChatInput.Parse("/reply 4 of us"));
        Assert.Equal(new ChatInput.Reply(null, "#four"), ChatInput.Parse("/reply #four"));
        Assert.Equal(new ChatInput.Edit(null, "one\ntwo"), ChatInput.Parse("/edit one\ntwo"));
        Assert.Equal(new ChatInput.Edit(four, "one\ntwo"), ChatInput.Parse("/edit #4\none\ntwo"));
        Assert.Equal(new ChatInput.Recall(null), ChatInput.Parse("/recall"));
        Assert.Equal(new ChatInput.Recall(four), ChatInput.Parse("/recall #4"));
        Assert.Equal(new ChatInput.Recall(four), ChatInput.Parse("/recall 4"));
        Assert.Equal([four, new Sequence(7)], Assert.IsType<ChatInput.Remove>(ChatInput.Parse("/remove #4 7")).Numbers);
        Assert.Equal(new ChatInput.MarkUnread(null), ChatInput.Parse("/unread"));
        Assert.Equal(new ChatInput.MarkUnread(four), ChatInput.Parse("/unread #4"));
        Assert.Equal(new ChatInput.Recall(new Sequence(Sequence.MaxValue)), ChatInput.Parse($"/recall #{Sequence.MaxValue}"));
        Assert.IsType<ChatInput.Mistake>(ChatInput.Parse($"/recall #{Sequence.MaxValue + 1}"));
        Assert.Equal(new ChatInput.ShowMessages(10), ChatInput.Parse("/messages"));
        Assert.Equal(new ChatInput.ShowMessages(50), ChatInput.Parse("/messages 50"));
        Assert.IsType<ChatInput.Mistake>(ChatInput.Parse("/messages 51"));
    }

    [Fact]
    public void Settings_are_turned_on_and_off_and_attributes_are_of_the_conversation_or_of_somebody()
    {
        foreach (var setting in Enum.GetValues<ChatSetting>())
        {
            Assert.Equal(new ChatInput.Set(setting, On: true), ChatInput.Parse($"/{setting.ToString().ToLowerInvariant()} on"));
            Assert.Equal(new ChatInput.Set(setting, On: false), ChatInput.Parse($"/{setting.ToString().ToLowerInvariant()} off"));
        }

        Assert.Equal(new ChatInput.Announce("fish  today"), ChatInput.Parse("/announce fish  today"));
        Assert.Equal(new ChatInput.Announce(""), ChatInput.Parse("/unannounce"));
        Assert.Equal(new ChatInput.ShowAttributes(null), ChatInput.Parse("/attributes"));
        Assert.Equal(new ChatInput.ShowAttributes(Bob), ChatInput.Parse("/attributes bob"));
        Assert.Equal(new ChatInput.ShowAttributes(Bob), ChatInput.Parse("/attributes @bob"));
        Assert.Equal(new ChatInput.SetAttribute(null, "place", "Paris,  France"), ChatInput.Parse("/attribute place Paris,  France"));
        Assert.Equal(new ChatInput.SetAttribute(Bob, "nick", "Bobby  B"), ChatInput.Parse("/attribute @bob nick Bobby  B"));
        Assert.Equal(new ChatInput.SetAttribute(null, "place", null), ChatInput.Parse("/unattribute place"));
        Assert.Equal(new ChatInput.SetAttribute(Bob, "nick", null), ChatInput.Parse("/unattribute @bob nick"));
        Assert.Equal([Bob], Assert.IsType<ChatInput.Uninvite>(ChatInput.Parse("/uninvite bob")).Users);
    }

    [Fact]
    public void People_are_found_and_devices_ended()
    {
        Assert.Equal(new ChatInput.Find("bob@example.org"), ChatInput.Parse("/find bob@example.org"));
        Assert.Equal(new ChatInput.Find("+49 170 1234567"), ChatInput.Parse("/find +49 170 1234567 "));
        Assert.IsType<ChatInput.ShowDevices>(ChatInput.Parse("/devices"));
        Assert.Equal(new ChatInput.SignOut(2), ChatInput.Parse("/signout 2"));
        Assert.Equal(new ChatInput.ShowHelp(null), ChatInput.Parse("/help"));
        Assert.Equal(new ChatInput.ShowHelp("edit"), ChatInput.Parse("/help edit"));
    }

    [Fact]
    public void Every_command_of_the_help_is_one_and_every_command_is_in_it()
    {
        Assert.All(ChatCompletion.Commands, command => Assert.False(ChatInput.Parse(command) is ChatInput.Mistake { Sentence: var sentence } && sentence.StartsWith("There is no command", StringComparison.Ordinal), command));
        var parsed = File.ReadAllText(Parley.Tests.Checkout.PathOf("src/Parley/Chat/ChatInput.Parsing.cs")).Split('"').Where(text => text is ['/', >= 'a' and <= 'z', ..] && text.All(unit => unit == '/' || char.IsAsciiLetterLower(unit)));
        Assert.Equal(ChatCompletion.Commands.Append("/exit").Order(StringComparer.Ordinal), parsed.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_guide_has_the_help_as_it_is()
    {
        var page = File.ReadAllText(Parley.Tests.Checkout.PathOf("docs/guide/getting-started.md")).ReplaceLineEndings("\n");
        var commands = ChatInput.Help.ReplaceLineEndings("\n").Split('\n').TakeWhile(line => line.StartsWith('/'));

        Assert.Contains($"```\n{string.Join('\n', commands)}\n```", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_are_taken_as_they_are_typed()
    {
        Assert.Equal(new ChatInput.SetTopic("fish  or soup"), ChatInput.Parse("/topic fish  or soup"));
        Assert.Equal(new ChatInput.SetTitle("lunch"), ChatInput.Parse("/title lunch "));
        Assert.Equal(new ChatInput.Accept(2), ChatInput.Parse("/accept 2"));
        Assert.Equal(new ChatInput.Decline(1), ChatInput.Parse("/decline 1"));
        Assert.IsType<ChatInput.ShowPeople>(ChatInput.Parse("/who"));
        Assert.IsType<ChatInput.ShowInvitations>(ChatInput.Parse("/invitations"));
    }

    [Theory]
    [InlineData("/topic")]
    [InlineData("/title")]
    [InlineData("/mute")]
    [InlineData("/kick")]
    [InlineData("/block")]
    [InlineData("/contact")]
    [InlineData("/contact bob carol")]
    [InlineData("/invite bo\"b")]
    [InlineData("/accept one")]
    [InlineData("/open")]
    [InlineData("/add")]
    [InlineData("/group")]
    [InlineData("/group bob carol: lunch")]
    [InlineData("/club bob :lunch")]
    [InlineData("/broadcast bob :")]
    [InlineData("/inbox all")]
    [InlineData("/add bo\"b")]
    [InlineData("/room")]
    [InlineData("/club")]
    [InlineData("/broadcast")]
    [InlineData("/join lobby")]
    [InlineData("/owner")]
    [InlineData("/owner bob carol")]
    [InlineData("/member")]
    [InlineData("/allow")]
    [InlineData("/approve")]
    [InlineData("/delete")]
    [InlineData("/silence soon")]
    [InlineData("/status")]
    [InlineData("/status dancing")]
    [InlineData("/dance")]
    [InlineData("/reply")]
    [InlineData("/reply #4")]
    [InlineData("/edit")]
    [InlineData("/edit #4 ")]
    [InlineData("/recall that")]
    [InlineData("/recall #4 please")]
    [InlineData("/recall #0")]
    [InlineData("/recall -1")]
    [InlineData("/remove")]
    [InlineData("/remove #4 that")]
    [InlineData("/unread all")]
    [InlineData("/messages many")]
    [InlineData("/messages 0")]
    [InlineData("/public yes")]
    [InlineData("/approval")]
    [InlineData("/confirm maybe")]
    [InlineData("/memberinvite on off")]
    [InlineData("/announce")]
    [InlineData("/unannounce fish")]
    [InlineData("/attribute place")]
    [InlineData("/attribute @bob nick")]
    [InlineData("/attribute @bo\"b nick Bobby")]
    [InlineData("/unattribute")]
    [InlineData("/unattribute @bob")]
    [InlineData("/attributes bob carol")]
    [InlineData("/uninvite")]
    [InlineData("/find")]
    [InlineData("/signout")]
    [InlineData("/signout phone")]
    public void A_command_that_is_none_is_never_said(string text) => Assert.IsType<ChatInput.Mistake>(ChatInput.Parse(text));
}
