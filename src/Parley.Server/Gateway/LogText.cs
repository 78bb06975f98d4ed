namespace Parley.Gateway;

/// <summary>Text of a client on its way into the log: short, and without anything that could begin a line of its own.</summary>
internal readonly record struct LogText(string? Text)
{
    private const int MaxLength = 128;

    public override string ToString()
    {
        if (string.IsNullOrEmpty(Text)) return "-";
        return string.Create(Math.Min(Text.Length, MaxLength), Text, static (shown, source) =>
        {
            for (var index = 0; index < shown.Length; index++) shown[index] = source[index] is >= ' ' and <= '~' ? source[index] : '?';
        });
    }
}
