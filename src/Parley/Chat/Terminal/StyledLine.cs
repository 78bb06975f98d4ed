namespace Parley.Chat;

/// <summary>How a piece of text is meant; the painter knows what that looks like.</summary>
internal enum Tone
{
    Plain,
    Faint,
    Own,
    Other,
    Seen,
    Alert,
    Bar,
}

/// <summary>A piece of a line.</summary>
internal readonly record struct Piece(string Text, Tone Tone);

/// <summary>One line of the screen.</summary>
internal sealed record StyledLine(IReadOnlyList<Piece> Pieces)
{
    public static readonly StyledLine Blank = new([]);

    public string Text => string.Concat(Pieces.Select(piece => piece.Text));

    public static StyledLine Of(string text, Tone tone = Tone.Plain) => new([new Piece(text, tone)]);

    /// <summary>Pieces are compared one by one.</summary>
    public bool Equals(StyledLine? other) => other is not null && other.Pieces.SequenceEqual(Pieces);

    public override int GetHashCode() => Pieces.Count;
}
