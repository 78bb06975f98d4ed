namespace Parley;

/// <summary>What the process answers to whoever started it.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>It failed, and said why on standard error.</summary>
    public const int Error = 1;

    /// <summary>The command line is not one of ours.</summary>
    public const int Usage = 2;
}
