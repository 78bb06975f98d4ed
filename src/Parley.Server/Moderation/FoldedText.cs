using System.Buffers;
using System.Text;

namespace Parley.Moderation;

/// <summary>A text as lists of words see it, and which part of the text each of its units came from. Pure.</summary>
/// <remarks>
/// One belongs to each thread and is written anew by the next <see cref="Of"/> there: folding allocates nothing. Text of ASCII is folded unit by
/// unit; only for other text places are kept.
/// </remarks>
internal sealed class FoldedText
{
    [ThreadStatic]
    private static FoldedText? _own;

    private char[] _units = new char[512];
    private int[] _starts = [];
    private int[] _ends = [];
    private bool _isMapped;

    private FoldedText()
    {
    }

    /// <summary>How many units it has.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<char> Units => _units.AsSpan(0, Length);

    /// <summary>Folds a text. What was folded before on this thread is gone.</summary>
    public static FoldedText Of(ReadOnlySpan<char> text)
    {
        var folded = _own ??= new FoldedText();
        folded.Fold(text);
        return folded;
    }

    /// <summary>A word as a list keeps it.</summary>
    public static string WordOf(string word) => new(Of(word).Units);

    /// <summary>Where in the text the units from <paramref name="start"/> to before <paramref name="end"/> came from, whole characters with the marks on them.</summary>
    public (int Start, int End) SourceOf(int start, int end) => _isMapped ? (_starts[start], _ends[end - 1]) : (start, end);

    private void Fold(ReadOnlySpan<char> text)
    {
        Length = 0;
        _isMapped = false;
        if (_units.Length < text.Length) _units = new char[text.Length];
        if (Ascii.ToLower(text, _units, out var written) == OperationStatus.Done)
        {
            Length = written;
            return;
        }

        _isMapped = true;
        if (_starts.Length < _units.Length) (_starts, _ends) = (new int[_units.Length], new int[_units.Length]);
        for (var index = 0; index < text.Length;)
        {
            int character = text[index];
            var units = 1;
            if (char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
                (character, units) = (char.ConvertToUtf32(text[index], text[index + 1]), 2);
            var folded = Folding.Of(character);
            var end = index + units;
            if (folded > 0) Add((char)folded, index, end);
            else if (folded == Folding.Same)
            {
                for (var unit = 0; unit < units; unit++) Add(text[index + unit], index, end);
            }
            else if (folded < Folding.Dropped)
            {
                foreach (var unit in Folding.TextOf(folded)) Add(unit, index, end);
            }
            else if (Length > 0) _ends[Length - 1] = end;

            index = end;
        }
    }

    private void Add(char unit, int start, int end)
    {
        if (Length > 0 && Folding.MayFollow(unit) && Folding.Compose(_units[Length - 1], unit) is { } one)
        {
            _units[Length - 1] = one;
            _ends[Length - 1] = end;
            return;
        }

        if (Length == _units.Length) Grow();
        _units[Length] = unit;
        _starts[Length] = start;
        _ends[Length++] = end;
    }

    private void Grow()
    {
        Array.Resize(ref _units, _units.Length * 2);
        Array.Resize(ref _starts, _units.Length);
        Array.Resize(ref _ends, _units.Length);
    }
}
