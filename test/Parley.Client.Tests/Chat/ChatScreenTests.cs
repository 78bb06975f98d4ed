using FsCheck.Fluent;
using Parley.Chat;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Chat;

public sealed class ChatScreenTests
{
    private static readonly ConversationId Conversation = ConversationId.New();

    [Fact]
    public void A_conversation_is_shown_from_the_bottom_with_the_state_of_own_messages()
    {
        var view = ViewOf([Bob.Says(Conversation, 2, "hi"), Alice.Says(Conversation, 3, "read"), Alice.Says(Conversation, 4, "there"), Alice.Says(Conversation, 5, "sent")]);
        var timeline = view.Timeline!.Move(Bob, new Sequence(4), new Sequence(3)).Send(MessageId.New(), MessageContent.OfText("on its way"));

        Assert.Equal(
            """
             alice → bob                ● connected 

            ─────────── 20 November 2026 ───────────
            · alice began this conversation
            08:00 bob hi
            08:00 alice read ✓✓ read
            08:00 alice there ✓✓
            08:00 alice sent ✓
            … alice on its way …
            > 
            """.ReplaceLineEndings("\n"),
            Text(view with { Timeline = timeline }, 40, 10));
    }

    [Fact]
    public void Answers_edits_what_was_taken_back_and_pictures_are_shown_for_what_they_are()
    {
        var (first, second) = (Bob.Says(Conversation, 2, "Lunch at 12?"), Bob.Says(Conversation, 3, "never mind"));
        MessageId Of(LogEntry entry) => ((MessageSent)entry.Event).Message;
        LogEntry Next(long sequence, ConversationEvent happened) => first with { Sequence = new Sequence(sequence), Event = happened };
        var picture = new MessageContent([MessagePart.OfUrl("image/png", new Uri("https://example.org/menu.png"))]);

        var view = ViewOf(
        [
            first, second,
            Next(4, new MessageSent(MessageId.New(), Alice, MessageContent.OfText("Yes"), ReplyTo: Of(first))),
            Next(5, new MessageSent(MessageId.New(), Bob, picture)),
            Next(6, new MessageEdited(Bob, Of(first), new Sequence(2), 1, MessageContent.OfText("Lunch at 1?"))),
            Next(7, new MessageRecalled(Bob, Of(second), new Sequence(3))),
        ]);

        Assert.Contains(
            """
            08:00 bob Lunch at 1? (edited)
            08:00 bob (taken back)
            08:00 alice (bob: Lunch at 1?) Yes ✓
            08:00 bob [image https://example.org/menu.png]
            · bob edited #2
            · bob took #3 back
            """.ReplaceLineEndings("\n"),
            Text(view, 60, 12), StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_have_their_numbers_while_one_is_to_be_named_and_the_one_that_is_meant_is_told()
    {
        var view = ViewOf([Bob.Says(Conversation, 2, "Lunch?"), Alice.Says(Conversation, 3, "Yes"), Bob.Says(Conversation, 4, "At one\nor two?")]);

        Assert.EndsWith("08:00 alice Yes ✓\n08:00 bob At one\n          or two?\n> hello", Drafting("hello"));
        Assert.EndsWith(
            """
            #2 08:00 bob Lunch?
            #3 08:00 alice Yes ✓
            #4 08:00 bob At one
                         or two?
            ↳ #4 bob: At one ⏎ or two?
            > /reply
            """.ReplaceLineEndings("\n"),
            Drafting("/reply"));
        Assert.EndsWith("\n↳ #2 bob: Lunch?\n> /reply #2", Drafting("/reply #2"));
        Assert.EndsWith("\n↳ #3 alice: Yes\n> /edit Yes, please", Drafting("/edit Yes, please"));
        Assert.EndsWith("\n↳ #3 alice: Yes\n> /recall", Drafting("/recall"));
        Assert.EndsWith("#4 08:00 bob At one\n             or two?\n> /remove", Drafting("/remove"));
        Assert.EndsWith("\n↳ #2 bob: Lunch?\n> /remove #2", Drafting("/remove #2"));
        Assert.EndsWith("\n↳ #4 bob: At one ⏎ or two?\n> /unread", Drafting("/unread"));
        Assert.EndsWith("             or two?\n> /unread #9", Drafting("/unread #9"));

        string Drafting(string draft) => Text(view with { Draft = LineEditor.Of(draft) }, 40, 12);
    }

    [Theory]
    [InlineData(PresenceStatus.Online, null, " alice → ● bob ")]
    [InlineData(PresenceStatus.Away, null, " alice → ◐ bob ")]
    [InlineData(PresenceStatus.Busy, "in\na \u001bmeeting", " alice → ⊖ bob (in ⏎ a ␛meeting) ")]
    [InlineData(PresenceStatus.Offline, null, " alice → ○ bob ")]
    public void A_dot_says_how_the_other_one_can_be_reached_while_the_server_can_be_asked(PresenceStatus status, string? text, string bar)
    {
        var view = ViewOf([]) with { Peer = new PresenceState(Bob, status, text) };

        Assert.StartsWith(bar, Text(view, 60, 8));
        Assert.StartsWith(" alice → bob ", Text(view with { State = ConnectionState.Waiting }, 60, 8));
        Assert.StartsWith(" alice → bob ", Text(view with { Peer = null }, 60, 8));
    }

    [Fact]
    public void Who_types_is_told_above_the_draft()
    {
        var view = ViewOf([Bob.Says(Conversation, 2, "hi")]) with { Typing = [Bob] };

        Assert.EndsWith("08:00 bob hi\nbob is typing…\n> ", Text(view, 40, 8));
        Assert.EndsWith("bob and carol are typing…\n> ", Text(view with { Typing = [Bob, Carol] }, 40, 8));
        Assert.EndsWith("reconnecting…\n> ", Text(view with { State = ConnectionState.Waiting }, 40, 8));
    }

    [Fact]
    public void Read_looks_other_than_delivered()
    {
        var view = ViewOf([Alice.Says(Conversation, 2, "hi")]);
        var delivered = view with { Timeline = view.Timeline!.Move(Bob, new Sequence(2), Sequence.None) };
        var read = view with { Timeline = view.Timeline!.Move(Bob, new Sequence(2), new Sequence(2)) };

        Assert.Equal(Tone.Faint, ChatScreen.Render(delivered, 40, 8).Lines[^2].Pieces[^1].Tone);
        Assert.Equal(new Parley.Chat.Piece("✓✓ read", Tone.Seen), ChatScreen.Render(read, 40, 8).Lines[^2].Pieces[^1]);
    }

    [Fact]
    public void What_was_unread_at_the_start_is_below_a_line()
    {
        var view = ViewOf([Bob.Says(Conversation, 2, "old"), Bob.Says(Conversation, 3, "new")]) with { UnreadFrom = new Sequence(3) };

        Assert.EndsWith(
            """
            08:00 bob old
            ─────────────── unread ───────────────
            08:00 bob new
            > 
            """.ReplaceLineEndings("\n"),
            Text(view, 38, 9));
    }

    [Fact]
    public void Long_messages_are_wrapped_under_their_beginning()
    {
        var view = ViewOf([Bob.Says(Conversation, 2, "the quick brown fox jumps\nover 漢字漢字漢字漢字 the dog")]);

        Assert.EndsWith(
            """
            08:00 bob the quick
                      brown fox
                      jumps
                      over
                      漢字漢字漢
                      字漢字 the
                      dog
            > 
            """.ReplaceLineEndings("\n"),
            Text(view, 20, 12));
    }

    [Theory]
    [InlineData(ConnectionState.Waiting, "reconnecting…")]
    [InlineData(ConnectionState.Connecting, "reconnecting…")]
    [InlineData(ConnectionState.Closed, "disconnected")]
    public void Without_a_connection_a_line_above_the_draft_says_so(ConnectionState state, string says)
    {
        var lines = ChatScreen.Render(ViewOf([]) with { State = state }, 40, 8).Lines;

        Assert.Equal((says, Tone.Alert), (lines[^2].Text, lines[^2].Pieces[0].Tone));
        Assert.EndsWith("○ offline ", lines[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cursor_stands_where_the_next_character_goes()
    {
        var view = ViewOf([]) with { Draft = LineEditor.Of("漢🎉a\nsecond").Left() };

        var frame = ChatScreen.Render(view, 40, 9);

        Assert.Equal((8, 7), (frame.CursorRow, frame.CursorColumn));
        Assert.Equal(["> 漢🎉a", "  second"], frame.Lines.TakeLast(2).Select(line => line.Text));
        var above = ChatScreen.Render(view with { Draft = view.Draft.Up() }, 40, 9);
        Assert.Equal((7, 7), (above.CursorRow, above.CursorColumn));
    }

    [Fact]
    public void Scrolling_stops_at_the_top()
    {
        var view = ViewOf([.. Enumerable.Range(2, 30).Select(sequence => Bob.Says(Conversation, sequence, $"line {sequence}"))]);
        var frame = ChatScreen.Render(view, 40, 10);

        var top = ChatScreen.Render(view with { ScrolledUp = 1_000 }, 40, 10);

        Assert.Contains("20 November 2026", top.Lines[1].Text, StringComparison.Ordinal);
        Assert.Equal(frame.MaxScroll, top.MaxScroll - 1);
    }

    [Fact]
    public void A_notice_in_columns_is_wrapped_in_its_column_and_one_that_is_too_long_is_read_from_its_top()
    {
        var view = ViewOf([Bob.Says(Conversation, 2, "hi")]) with { Notice = ["/pin     keep this conversation at hand", "  1  lunch  alice: fish", "no columns in this long line here"] };

        Assert.EndsWith(
            """
            /pin     keep this
                     conversation at
                     hand
              1  lunch  alice: fish
            no columns in this long
            line here
            >
            """.ReplaceLineEndings("\n"),
            Text(view, 24, 12).TrimEnd());
        Assert.Equal(0, ChatScreen.TopOfNotice(view, 24, 8));
        var scrolled = ChatScreen.TopOfNotice(view, 24, 7);
        Assert.Equal(2, scrolled);
        Assert.Equal(
            ["/pin     keep this", "         conversation at", "         hand", "  1  lunch  alice: fish", "↓ more below (PageDown)", "> "],
            Text(view with { ScrolledUp = scrolled }, 24, 7).Split('\n').Skip(1));
    }

    /// <summary>Whatever is said, in whatever size: the frame is exactly as high as the screen, no line is wider, and the cursor is in it.</summary>
    [Fact]
    [Trait("Row", "TX-03")]
    public void No_text_and_no_size_breaks_the_layout()
    {
        string[] pieces = ["a", " ", "\n", "漢字", "🎉", "👨‍👩‍👧", "e\u0301\u0301", "\u001b[2J", "\u202e", "\t", "longlonglonglonglonglonglong", "🇩🇪", "\r", "\u0007"];
        var texts = Gen.Choose(0, pieces.Length - 1).ListOf().Select(picks => string.Concat(picks.Select(pick => pieces[pick])));
        var cases = texts.SelectMany(text => Gen.Choose(1, 60).SelectMany(width => Gen.Choose(1, 20).Select(height => (text, width, height)))).ToArbitrary();
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(cases, one =>
        {
            var (text, width, height) = one;
            var view = ViewOf([Bob.Says(Conversation, 2, text), Alice.Says(Conversation, 3, text)]) with
            {
                Draft = LineEditor.Of(text).Left(), Notice = [text], State = ConnectionState.Waiting, With = text, UnreadFrom = new Sequence(2),
            };

            var frame = ChatScreen.Render(view, width, height);

            Assert.Equal(Math.Max(height, ChatScreen.MinHeight), frame.Lines.Count);
            Assert.All(frame.Lines, line => Assert.InRange(DisplayText.Width(line.Text), 0, Math.Max(width, ChatScreen.MinWidth)));
            Assert.All(frame.Lines, line => Assert.DoesNotContain(line.Text, char.IsControl));
            Assert.InRange(frame.CursorRow, 1, frame.Lines.Count - 1);
            Assert.InRange(frame.CursorColumn, 2, Math.Max(width, ChatScreen.MinWidth) - 1);
        }));
    }

    private static ChatView ViewOf(LogEntry[] entries)
    {
        var created = new ConversationCreated(Alice, ConversationKind.Direct, null, Permissions.Read, [new Participant(Alice, Permissions.Read), new Participant(Bob, Permissions.Read)]);
        var timeline = entries.Prepend(created.Happened(Conversation, 1)).Aggregate(Timeline.Empty(Conversation, Alice), (now, entry) => now.Apply(entry).Timeline);
        return new ChatView { Me = "alice", With = "bob", State = ConnectionState.Open, Timeline = timeline };
    }

    private static string Text(ChatView view, int width, int height) => string.Join('\n', ChatScreen.Render(view, width, height).Lines.Select(line => line.Text));
}
