using System.Collections.Immutable;

namespace Parley.Chat;

/// <summary>The text being written and where the cursor is in it, counted in what a person calls characters.</summary>
/// <remarks>Immutable: every key gives a new editor. Several lines are one text with line ends in it.</remarks>
internal sealed record LineEditor
{
    public static readonly LineEditor Empty = new();

    private LineEditor()
    {
    }

    private ImmutableList<string> Elements { get; init; } = [];

    /// <summary>How many characters are before the cursor.</summary>
    public int Cursor { get; private init; }

    public string Text => string.Concat(Elements);

    /// <summary>The text before the cursor.</summary>
    public string BeforeCursor => string.Concat(Elements.Take(Cursor));

    public bool IsEmpty => Elements.IsEmpty;

    /// <summary>Whether Enter means one more line: the line that the cursor ends is continued with a backslash.</summary>
    public bool ContinuesLine => Cursor > 0 && Elements[Cursor - 1] == "\\" && (Cursor == Elements.Count || Elements[Cursor] == "\n");

    /// <summary>A text, with the cursor at its end.</summary>
    public static LineEditor Of(string text) => Empty.Insert(text);

    /// <summary>Inserts typed or pasted text at the cursor. A combining mark joins the character before it.</summary>
    public LineEditor Insert(string text)
    {
        // The whole is divided anew, because what is inserted may change what is a character around it.
        var before = BeforeCursor + text.ReplaceLineEndings("\n");
        var elements = DisplayText.Elements(before + string.Concat(Elements.Skip(Cursor))).ToImmutableList();
        var (cursor, length) = (0, 0);
        while (cursor < elements.Count && length < before.Length) length += elements[cursor++].Length;
        return this with { Elements = elements, Cursor = cursor };
    }

    /// <summary>Turns the backslash before the cursor into a line end.</summary>
    public LineEditor ContinueLine() => Backspace().Insert("\n");

    public LineEditor Backspace() => Cursor == 0 ? this : this with { Elements = Elements.RemoveAt(Cursor - 1), Cursor = Cursor - 1 };

    public LineEditor Delete() => Cursor == Elements.Count ? this : this with { Elements = Elements.RemoveAt(Cursor) };

    public LineEditor Left() => this with { Cursor = Math.Max(0, Cursor - 1) };

    public LineEditor Right() => this with { Cursor = Math.Min(Elements.Count, Cursor + 1) };

    /// <summary>The beginning of the line.</summary>
    public LineEditor Home() => this with { Cursor = StartOfLine(Cursor) };

    /// <summary>The end of the line.</summary>
    public LineEditor End() => this with { Cursor = EndOfLine(Cursor) };

    /// <summary>The line above, at the same place if it is that long.</summary>
    public LineEditor Up()
    {
        var start = StartOfLine(Cursor);
        if (start == 0) return this with { Cursor = 0 };
        var above = StartOfLine(start - 1);
        return this with { Cursor = Math.Min(above + Cursor - start, start - 1) };
    }

    /// <summary>The line below, at the same place if it is that long.</summary>
    public LineEditor Down()
    {
        var end = EndOfLine(Cursor);
        if (end == Elements.Count) return this with { Cursor = end };
        return this with { Cursor = Math.Min(end + 1 + Cursor - StartOfLine(Cursor), EndOfLine(end + 1)) };
    }

    public LineEditor WordLeft() => this with { Cursor = StartOfWord() };

    public LineEditor WordRight()
    {
        var at = Cursor;
        while (at < Elements.Count && IsSpace(at)) at++;
        while (at < Elements.Count && !IsSpace(at)) at++;
        return this with { Cursor = at };
    }

    /// <summary>Removes the word before the cursor.</summary>
    public LineEditor DeleteWord()
    {
        var start = StartOfWord();
        return this with { Elements = Elements.RemoveRange(start, Cursor - start), Cursor = start };
    }

    /// <summary>Removes the line up to the cursor.</summary>
    public LineEditor DeleteToHome()
    {
        var start = StartOfLine(Cursor);
        return this with { Elements = Elements.RemoveRange(start, Cursor - start), Cursor = start };
    }

    /// <summary>Removes the line from the cursor on.</summary>
    public LineEditor DeleteToEnd() => this with { Elements = Elements.RemoveRange(Cursor, EndOfLine(Cursor) - Cursor) };

    private int StartOfLine(int at)
    {
        while (at > 0 && Elements[at - 1] != "\n") at--;
        return at;
    }

    private int EndOfLine(int at)
    {
        while (at < Elements.Count && Elements[at] != "\n") at++;
        return at;
    }

    private int StartOfWord()
    {
        var at = Cursor;
        while (at > 0 && IsSpace(at - 1)) at--;
        while (at > 0 && !IsSpace(at - 1)) at--;
        return at;
    }

    private bool IsSpace(int at) => Elements[at] is " " or "\n";
}
