namespace Parley.Bench;

/// <summary>What a server was found to have stored, held against what the generator saw.</summary>
internal static class Stored
{
    /// <exception cref="BenchException">Fewer than it acknowledged, or more than it was sent.</exception>
    public static long Check(long stored, long sent, long acknowledged) => stored >= acknowledged && stored <= sent
        ? stored
        : throw new BenchException($"{stored} messages are stored, but {acknowledged} of {sent} were acknowledged.");
}
