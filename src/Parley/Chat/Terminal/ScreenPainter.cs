using System.Text;
using Spectre.Console;

namespace Parley.Chat;

/// <summary>Puts frames on a terminal, writing only the lines that changed. Uses the terminal's second screen, so that the first is as it was afterwards.</summary>
internal sealed class ScreenPainter(TextWriter output, ColorSystem colors)
{
    private IReadOnlyList<StyledLine> _last = [];
    private (int Width, int Height) _size;

    /// <summary>Second screen, bracketed paste.</summary>
    public void Enter() => Write("\u001b[?1049h\u001b[?2004h\u001b[2J");

    public void Leave() => Write("\u001b[?2004l\u001b[?25h\u001b[0m\u001b[?1049l");

    /// <summary>Paints everything anew the next time.</summary>
    public void Forget() => _size = default;

    public void Paint(ScreenFrame frame, int width, int height)
    {
        var text = new StringBuilder("\u001b[?25l");
        if (_size != (width, height))
        {
            text.Append("\u001b[0m\u001b[2J");
            (_last, _size) = ([], (width, height));
        }

        for (var row = 0; row < frame.Lines.Count && row < height; row++)
        {
            if (row < _last.Count && _last[row].Equals(frame.Lines[row])) continue;
            text.Append($"\u001b[{row + 1};1H");
            foreach (var piece in frame.Lines[row].Pieces) text.Append(Code(piece.Tone)).Append(piece.Text);
            text.Append("\u001b[0m\u001b[K");
        }

        text.Append($"\u001b[{frame.CursorRow + 1};{frame.CursorColumn + 1}H\u001b[?25h");
        _last = frame.Lines;
        Write(text.ToString());
    }

    private string Code(Tone tone) => colors == ColorSystem.NoColors
        ? tone switch
        {
            Tone.Bar => "\u001b[0;7m",
            Tone.Own or Tone.Alert => "\u001b[0;1m",
            _ => "\u001b[0m",
        }
        : tone switch
        {
            Tone.Faint => "\u001b[0;90m",
            Tone.Own => "\u001b[0;1;36m",
            Tone.Other => "\u001b[0;1;32m",
            Tone.Seen => "\u001b[0;94m",
            Tone.Alert => "\u001b[0;93m",
            Tone.Bar => "\u001b[0;7m",
            _ => "\u001b[0m",
        };

    private void Write(string text)
    {
        output.Write(text);
        output.Flush();
    }
}
