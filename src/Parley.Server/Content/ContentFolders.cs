using System.Globalization;
using Parley.Storage;

namespace Parley.Content;

/// <summary>Which folder holds what. No name in it is of a user's choosing.</summary>
internal sealed class ContentFolders(string root)
{
    private const string Incoming = "incoming";

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Where it is configured, or in the data directory.</summary>
    public static ContentFolders Of(ContentOptions options, StorageOptions storage) => new(options.Directory ?? Path.Combine(storage.DataDirectory, "content"));

    /// <summary>Where an app's files are.</summary>
    public string Of(AppId app) => Path.Combine(Root, app.Number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Where an app's uploads are before they are complete: on the same file system, so that a complete one is moved and not copied.</summary>
    public string IncomingOf(AppId app) => Path.Combine(Of(app), Incoming);

    public string IncomingOf(ContentKey key) => Path.Combine(IncomingOf(key.App), key.Content.Value);

    /// <summary>In one of 256 folders, so that none becomes too large to be listed.</summary>
    public string Of(BlobName name) => Path.Combine(Of(name.App), name.File[..2], name.File);

    /// <summary>The apps that have a folder.</summary>
    public IEnumerable<AppId> Apps() =>
        !Directory.Exists(Root) ? [] :
        Directory.EnumerateDirectories(Root)
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new AppId(number) : default)
            .Where(app => app.Number > 0);

    /// <summary>The uploads of an app that are there, and when each was written to last.</summary>
    public IEnumerable<(ContentKey Key, string Path, DateTimeOffset WrittenAt)> Uploads(AppId app) =>
        !Directory.Exists(IncomingOf(app)) ? [] :
        new DirectoryInfo(IncomingOf(app)).EnumerateFiles()
            .Where(file => ContentId.IsValid(file.Name))
            .Select(file => (new ContentKey(app, new ContentId(file.Name)), file.FullName, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero)));
}
