namespace Parley.Storage.Backups;

/// <summary>Files that are there whole or not at all, also after a power cut, and for their owner only.</summary>
internal static class BackupFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>An empty file beside <paramref name="file"/>, to be moved there when it is complete; what is written to it stays private.</summary>
    /// <exception cref="StorageException">The folder is not there or may not be written.</exception>
    public static string CreatePartial(string file)
    {
        var partial = $"{file}.{Guid.NewGuid():N}.partial";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        try
        {
            new FileStream(partial, options).Dispose();
            return partial;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refuse($"{file} cannot be written ({exception.Message.TrimEnd('.')}): name a file in a folder that is there and may be written.", exception);
        }
    }

    /// <summary>Moves a complete file to its name. When it returns, a power cut does not undo it.</summary>
    /// <exception cref="StorageException">There is something under that name already; it is left as it is.</exception>
    public static void MoveInto(string from, string to)
    {
        using (var file = new FileStream(from, FileMode.Open, FileAccess.ReadWrite)) file.Flush(flushToDisk: true);
        try
        {
            File.Move(from, to, overwrite: false);
        }
        catch (IOException exception) when (File.Exists(to))
        {
            throw Exists(to, exception);
        }

        DurableFolders.Flush(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Removes what an attempt left: a database brings files beside it.</summary>
    public static void Remove(string partial)
    {
        foreach (var suffix in new[] { "", "-wal", "-shm", "-journal" }) File.Delete(partial + suffix);
    }

    public static StorageException Exists(string file, Exception? cause = null) =>
        Refuse($"{file} is there already, and is not overwritten: name another file.", cause);

    public static StorageException Refuse(string sentence, Exception? cause = null) =>
        new(StorageFailure.Rejected, sentence, cause ?? new InvalidOperationException(sentence));
}
