using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Presence;

public sealed class TypistsTests
{
    private readonly ConversationId _lunch = ConversationId.New();
    private readonly Typists _typists = new();

    [Fact]
    public void Only_what_changes_is_told()
    {
        Assert.Equal(TypingState.Started, Hear(Bob, TypingState.Started, 0)?.State);
        Assert.Null(Hear(Bob, TypingState.Started, 3));
        Assert.Equal(TypingState.Paused, Hear(Bob, TypingState.Paused, 4)?.State);
        Assert.Equal(TypingState.Stopped, Hear(Bob, TypingState.Stopped, 5)?.State);
        Assert.Null(Hear(Bob, TypingState.Stopped, 6));
        Assert.True(_typists.IsEmpty);
    }

    [Fact]
    public void A_lost_stop_heals_ten_seconds_after_the_last_word()
    {
        Hear(Bob, TypingState.Started, 0);
        Hear(Carol, TypingState.Started, 0);
        Hear(Bob, TypingState.Started, 3);

        Assert.Empty(_typists.Pass(TimeSpan.FromSeconds(9.9)));
        Assert.Equal([Stopped(Carol)], _typists.Pass(TimeSpan.FromSeconds(10)));
        Assert.Empty(_typists.Pass(TimeSpan.FromSeconds(12.9)));
        Assert.Equal([Stopped(Bob)], _typists.Pass(TimeSpan.FromSeconds(13)));
        Assert.True(_typists.IsEmpty);
    }

    [Fact]
    public void A_message_or_going_ends_it_there_and_nowhere_else()
    {
        Hear(Bob, TypingState.Started, 0);
        Hear(Carol, TypingState.Started, 0);

        Assert.Empty(_typists.Hear(Bob.Says(ConversationId.New(), 1, "elsewhere")));
        Assert.Empty(_typists.Hear(Alice.Says(_lunch, 2, "mine")));
        Assert.Equal([Stopped(Bob)], _typists.Hear(Bob.Says(_lunch, 3, "here")));
        Assert.Equal([Stopped(Carol)], _typists.Hear(new ParticipantsRemoved(Alice, [Bob, Carol]).Happened(_lunch, 4)));
        Hear(Bob, TypingState.Started, 1);
        Assert.Equal([Stopped(Bob)], _typists.Hear(new ParticipantLeft(Bob).Happened(_lunch, 5)));
    }

    [Fact]
    public void Without_a_connection_nobody_types_and_a_state_of_a_newer_server_is_none()
    {
        Hear(Bob, TypingState.Started, 0);
        Assert.Equal(TypingState.Stopped, Hear(Bob, TypingState.Unknown, 1)?.State);
        Hear(Bob, TypingState.Started, 2);
        Hear(Carol, TypingState.Paused, 2);

        Assert.Equal(2, _typists.Lose().Count);
        Assert.Empty(_typists.Lose());
    }

    private TypingChanged? Hear(UserId user, TypingState state, double second) =>
        _typists.Hear(new TypingChanged(_lunch, user, state), TimeSpan.FromSeconds(second));

    private TypingChanged Stopped(UserId user) => new(_lunch, user, TypingState.Stopped);
}
