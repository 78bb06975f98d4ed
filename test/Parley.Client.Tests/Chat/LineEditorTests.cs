using FsCheck.Fluent;
using Parley.Chat;

namespace Parley.Client.Tests.Chat;

public sealed class LineEditorTests
{
    [Fact]
    public void Typing_goes_to_the_cursor()
    {
        var editor = LineEditor.Of("hllo").Home().Right().Insert("e").End().Insert("!");

        Assert.Equal(("hello!", 6), (editor.Text, editor.Cursor));
    }

    [Fact]
    public void One_backspace_takes_one_character_as_people_count()
    {
        Assert.Equal("a", LineEditor.Of("a👨‍👩‍👧").Backspace().Text);
        Assert.Equal("🇩🇪", LineEditor.Of("🇩🇪🇫🇷").Backspace().Text);
        Assert.Equal("", LineEditor.Empty.Backspace().Text);
        Assert.Equal("b", LineEditor.Of("e\u0301b").Home().Delete().Text);
    }

    [Fact]
    public void A_mark_that_is_typed_joins_the_character_before_it()
    {
        var editor = LineEditor.Of("e").Insert("\u0301");

        Assert.Equal(1, editor.Cursor);
        Assert.True(editor.Backspace().IsEmpty);
    }

    [Fact]
    public void Up_and_down_keep_the_place_in_the_line()
    {
        var editor = LineEditor.Of("first\nno\nthird");

        Assert.Equal("first\nno", editor.Up().BeforeCursor);
        Assert.Equal("first\nno\nth", editor.Up().Down().BeforeCursor);
        Assert.Equal("fi", editor.Up().Up().BeforeCursor);
        Assert.Equal("", editor.Up().Up().Up().BeforeCursor);
        Assert.Equal("first\nno\n", editor.Home().BeforeCursor);
    }

    [Fact]
    public void A_backslash_at_the_end_of_a_line_continues_it()
    {
        Assert.True(LineEditor.Of("one\\").ContinuesLine);
        Assert.Equal("one\n", LineEditor.Of("one\\").ContinueLine().Text);
        Assert.False(LineEditor.Of("a\\b").Left().ContinuesLine);
        Assert.False(LineEditor.Of("one").ContinuesLine);
    }

    [Fact]
    public void Words_and_lines_are_taken_at_once()
    {
        var editor = LineEditor.Of("one two  three");

        Assert.Equal("one two  ", editor.DeleteWord().Text);
        Assert.Equal("one ", editor.WordLeft().WordLeft().BeforeCursor);
        Assert.Equal("one two", editor.Home().WordRight().WordRight().BeforeCursor);
        Assert.Equal("", editor.DeleteToHome().Text);
        Assert.Equal("one", LineEditor.Of("one two").Home().WordRight().DeleteToEnd().Text);
    }

    [Fact]
    public void Pasted_line_ends_are_one_kind() => Assert.Equal("a\nb\nc", LineEditor.Of("a\r\nb\rc").Text);

    /// <summary>Whatever is pressed, the cursor stays in the text and no character is torn.</summary>
    [Fact]
    public void No_sequence_of_keys_tears_the_text()
    {
        string[] pieces = ["a", " ", "\n", "漢", "🎉", "👨‍👩‍👧", "\u0301", "🇩🇪", "\\"];
        Func<LineEditor, LineEditor>[] keys =
        [
            editor => editor.Backspace(), editor => editor.Delete(), editor => editor.Left(), editor => editor.Right(), editor => editor.Up(), editor => editor.Down(),
            editor => editor.Home(), editor => editor.End(), editor => editor.WordLeft(), editor => editor.WordRight(), editor => editor.DeleteWord(),
            editor => editor.DeleteToHome(), editor => editor.DeleteToEnd(),
        ];
        var presses = Gen.Choose(0, pieces.Length + keys.Length - 1).ListOf().ToArbitrary();
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(presses, pressed =>
        {
            var editor = LineEditor.Empty;
            foreach (var key in pressed) editor = key < pieces.Length ? editor.Insert(pieces[key]) : keys[key - pieces.Length](editor);
            Assert.StartsWith(editor.BeforeCursor, editor.Text, StringComparison.Ordinal);
            Assert.InRange(editor.Cursor, 0, DisplayText.Elements(editor.Text).Count() + 1);
            Assert.DoesNotContain('\ufffd', editor.Text);
        }));
    }
}
