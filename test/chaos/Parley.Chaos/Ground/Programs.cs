namespace Parley.Chaos;

/// <summary>Programs that a fault needs and a machine may lack.</summary>
internal static class Programs
{
    /// <summary>Where it is: on the path, or where only root looks for programs; null when it is not there.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(["/usr/sbin", "/sbin"])
            .Select(path => Path.Combine(path, program)).FirstOrDefault(File.Exists);
}
