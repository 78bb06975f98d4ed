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
        Assert.Equal(new ChatInput.Join(2), ChatInput.Parse("/join 2"));
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
    public void A_command_that_is_none_is_never_said(string text) => Assert.IsType<ChatInput.Mistake>(ChatInput.Parse(text));
}
