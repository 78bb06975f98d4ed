namespace Parley.Tests.Repository;

public class SizeTests
{
    private const int MaxLines = 400;
    private const int MaxFiles = 25;

    [Fact]
    public void No_source_file_is_longer_than_400_lines() => Assert.Empty(LongFiles(Checkout.Files));

    [Fact]
    public void No_folder_holds_more_than_25_files() => Assert.Empty(FullFolders(Checkout.Files));

    [Fact]
    public void A_planted_long_file_is_found()
    {
        var fits = new SourceFile("src/Fits.cs", string.Concat(Enumerable.Repeat("line\n", MaxLines)));
        var tooLong = new SourceFile("src/TooLong.cs", fits.Text + "one more\n");

        Assert.Equal(["src/TooLong.cs has 401 lines"], LongFiles([fits, tooLong]));
    }

    [Fact]
    public void A_planted_full_folder_is_found()
    {
        var fits = Enumerable.Range(0, MaxFiles).Select(n => new SourceFile($"src/Fits/{n}.cs", ""));
        var full = Enumerable.Range(0, MaxFiles + 1).Select(n => new SourceFile($"src/Full/{n}.cs", ""));

        Assert.Equal(["src/Full holds 26 files"], FullFolders([.. fits, .. full]));
    }

    private static IEnumerable<string> LongFiles(IEnumerable<SourceFile> files) =>
        from file in files
        where file.HasExtension(".cs", ".sql", ".sh", ".ts", ".tsx", ".css")
        let lines = file.Text.TrimEnd('\n').Split('\n').Length
        where lines > MaxLines
        select $"{file.Path} has {lines} lines";

    /// <summary>What the code generates, beside the pages that people write.</summary>
    private static readonly string[] Generated = ["docs/protocol/schema.json", "docs/protocol/openapi.json", "docs/protocol/refusals.md", "docs/protocol/close-codes.md"];

    /// <summary>Decisions are numbered and stay: their folder is a list, which only grows.</summary>
    private static IEnumerable<string> FullFolders(IEnumerable<SourceFile> files) =>
        from file in files
        where file.Folder != "docs/decisions" && !Generated.Contains(file.Path)
        group file by file.Folder into folder
        where folder.Count() > MaxFiles
        select $"{folder.Key} holds {folder.Count()} files";
}
