namespace Parley.Tests;

/// <summary>Where the sources are, for tests about the repository itself.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, "Parley.slnx")) ? folder : Find(System.IO.Path.GetDirectoryName(folder)!);
}
