using System.Text.RegularExpressions;

namespace Parley.Tests;

/// <summary>The files and folders of a repository, as pages name them.</summary>
internal sealed class RepositoryPaths(IEnumerable<SourceFile> files)
{
    /// <summary>Where a short name may stand, besides the root and the page's own folder.</summary>
    private static readonly string[] Roots = ["src", "src/Parley.Server", "test", "test/chaos", "test/Parley.Server.Tests"];

    private readonly HashSet<string> _paths = files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether a file, with or without its <c>.cs</c>, a folder, or at least one file of a pattern is there, from <paramref name="folder"/>.</summary>
    public bool Has(string folder, string path)
    {
        path = Combine(folder, path);
        if (path == "" || _paths.Contains(path) || _paths.Contains($"{path}.cs")) return true;
        if (!path.Contains('*', StringComparison.Ordinal)) return _paths.Any(one => one.StartsWith(path + "/", StringComparison.Ordinal));
        var pattern = $"^{Regex.Escape(path).Replace("\\*", "[^/]*", StringComparison.Ordinal)}$";
        return _paths.Any(one => Regex.IsMatch(one, pattern));
    }

    /// <summary>The same for a short name, as ARCHITECTURE.md and docs/internals use them: <c>Storage/Journal</c>.</summary>
    public bool HasShort(string folder, string path) => Roots.Prepend(folder).Prepend("").Any(root => Has(root, path));

    private static string Combine(string folder, string path)
    {
        var parts = new List<string>();
        foreach (var part in $"{folder}/{path}".Split('/'))
        {
            if (part is ".." && parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or ".")) parts.Add(part);
        }

        return string.Join('/', parts);
    }
}
