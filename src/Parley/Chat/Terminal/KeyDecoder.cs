using System.Text;

namespace Parley.Chat;

/// <summary>What a key means to the chat.</summary>
internal enum ChatKey
{
    /// <summary>Text to insert: typed, or pasted with its line ends.</summary>
    Text,
    Submit,
    NewLine,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    WordLeft,
    WordRight,
    DeleteWord,
    DeleteToHome,
    DeleteToEnd,
    PageUp,
    PageDown,
    Tab,
    Redraw,
    EndOfInput,
    Quit,
}

/// <summary>A key, with what it inserts.</summary>
internal readonly record struct KeyPress(ChatKey Key, string Text = "");

/// <summary>Turns the console's keys into the chat's: pairs of surrogates into characters, Escape and a key into Alt and that key, a bracketed paste into one text.</summary>
internal sealed class KeyDecoder
{
    private const string PasteBegins = "\u001b[200~";
    private const string PasteEnds = "\u001b[201~";

    private string _sequence = "";
    private char? _highSurrogate;
    private StringBuilder? _pasted;

    /// <summary>Takes the next key.</summary>
    /// <param name="key">It.</param>
    /// <param name="next">Whether another key is there already: Escape alone is a key, Escape with something behind it begins a sequence.</param>
    public KeyPress? Take(ConsoleKeyInfo key, NextKey next)
    {
        if (_sequence.Length > 0) return Continue(key, next);
        if (key.Key == ConsoleKey.Escape || key.KeyChar == '\u001b')
        {
            if (next == NextKey.Waits) _sequence = "\u001b";
            return null;
        }

        // Some consoles join Escape and the bracket before the rest has come.
        if (key is { KeyChar: '[', Modifiers: ConsoleModifiers.Alt } && next == NextKey.Waits)
        {
            _sequence = "\u001b[";
            return null;
        }

        return _pasted is not null ? Pasted(key) : Pressed(key);
    }

    private KeyPress? Continue(ConsoleKeyInfo key, NextKey next)
    {
        var sequence = _sequence + key.KeyChar;
        _sequence = "";
        if (sequence == PasteBegins || sequence == PasteEnds)
        {
            var pasted = _pasted?.ToString();
            _pasted = sequence == PasteBegins ? new StringBuilder() : null;
            return string.IsNullOrEmpty(pasted) ? null : new KeyPress(ChatKey.Text, pasted);
        }

        if (next == NextKey.Waits && (PasteBegins.StartsWith(sequence, StringComparison.Ordinal) || PasteEnds.StartsWith(sequence, StringComparison.Ordinal)))
        {
            _sequence = sequence;
            return null;
        }

        // Escape and a key is Alt and that key; a longer sequence that nobody knows is dropped.
        if (sequence.Length > 2) return null;
        return _pasted is not null ? Pasted(key) : Pressed(new ConsoleKeyInfo(key.KeyChar, key.Key, key.Modifiers.HasFlag(ConsoleModifiers.Shift), alt: true, key.Modifiers.HasFlag(ConsoleModifiers.Control)));
    }

    /// <summary>Kept until the end of the paste: taken one by one, thousands of characters would be edited and painted thousands of times.</summary>
    private KeyPress? Pasted(ConsoleKeyInfo key)
    {
        _pasted!.Append(key.Key == ConsoleKey.Enter || key.KeyChar is '\r' or '\n' ? "\n" : Typed(key.KeyChar)?.Text);
        return null;
    }

    private KeyPress? Pressed(ConsoleKeyInfo key)
    {
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        var alt = key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        var shift = key.Modifiers.HasFlag(ConsoleModifiers.Shift);
        ChatKey? known = key.Key switch
        {
            ConsoleKey.Enter => alt || shift || control ? ChatKey.NewLine : ChatKey.Submit,
            ConsoleKey.J when control => ChatKey.NewLine,
            ConsoleKey.Backspace => alt || control ? ChatKey.DeleteWord : ChatKey.Backspace,
            ConsoleKey.Delete => ChatKey.Delete,
            ConsoleKey.LeftArrow => control || alt ? ChatKey.WordLeft : ChatKey.Left,
            ConsoleKey.RightArrow => control || alt ? ChatKey.WordRight : ChatKey.Right,
            ConsoleKey.UpArrow => ChatKey.Up,
            ConsoleKey.DownArrow => ChatKey.Down,
            ConsoleKey.Home => ChatKey.Home,
            ConsoleKey.End => ChatKey.End,
            ConsoleKey.PageUp => ChatKey.PageUp,
            ConsoleKey.PageDown => ChatKey.PageDown,
            ConsoleKey.Tab => ChatKey.Tab,
            ConsoleKey.B when alt => ChatKey.WordLeft,
            ConsoleKey.F when alt => ChatKey.WordRight,
            ConsoleKey.A when control => ChatKey.Home,
            ConsoleKey.E when control => ChatKey.End,
            ConsoleKey.K when control => ChatKey.DeleteToEnd,
            ConsoleKey.U when control => ChatKey.DeleteToHome,
            ConsoleKey.W when control => ChatKey.DeleteWord,
            ConsoleKey.L when control => ChatKey.Redraw,
            ConsoleKey.D when control => ChatKey.EndOfInput,
            ConsoleKey.C when control => ChatKey.Quit,
            _ => null,
        };
        if (known is { } action) return new KeyPress(action);
        // On some keyboards AltGr, which is Control and Alt, makes characters.
        return control != alt ? null : Typed(key.KeyChar);
    }

    private KeyPress? Typed(char unit)
    {
        if (char.IsHighSurrogate(unit))
        {
            _highSurrogate = unit;
            return null;
        }

        var high = _highSurrogate;
        _highSurrogate = null;
        if (char.IsLowSurrogate(unit)) return high is { } first ? new KeyPress(ChatKey.Text, new string([first, unit])) : null;
        return char.IsControl(unit) && unit != '\t' ? null : new KeyPress(ChatKey.Text, unit.ToString());
    }
}

/// <summary>Whether another key is there already.</summary>
internal enum NextKey
{
    None,
    Waits,
}
