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

    [Theory]
    [InlineData("/open")]
    [InlineData("/add")]
    [InlineData("/group")]
    [InlineData("/add bo\"b")]
    [InlineData("/dance")]
    public void A_command_that_is_none_is_never_said(string text) => Assert.IsType<ChatInput.Mistake>(ChatInput.Parse(text));
}
