using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Parley.Identity;

namespace Parley.Commands;

/// <summary>The app of a server that was told of none, so that trying Parley takes no configuration.</summary>
/// <remarks>Its secret is random, made on the first start, and kept in the data directory for its owner only: no two installations share it.</remarks>
internal static class DemoApp
{
    public const string Name = "demo";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static string FileIn(string dataDirectory) => Path.Combine(dataDirectory, "demo.secret");

    /// <summary>Adds the demo app unless apps are configured, making its secret when there is none.</summary>
    public static void AddTo(IConfigurationManager configuration)
    {
        if (ServerArguments.NamesApps(configuration)) return;
        var directory = ServerArguments.DataDirectoryOf(configuration);
        Add(configuration, directory, Read(directory) ?? Create(directory));
    }

    /// <summary>Adds the demo app unless apps are configured or it was never served from this data directory.</summary>
    public static void AddExistingTo(IConfigurationManager configuration)
    {
        if (ServerArguments.NamesApps(configuration)) return;
        var directory = ServerArguments.DataDirectoryOf(configuration);
        if (Read(directory) is { } secret) Add(configuration, directory, secret);
    }

    /// <summary>Waits until the first server of the data directory, which may be starting right now, has made the secret. Where apps are configured there is none.</summary>
    /// <param name="arguments">Which server.</param>
    /// <param name="told">Hears what it waits for.</param>
    /// <param name="patience">How long.</param>
    /// <param name="clock">Says how long that was.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task AwaitAsync(ServerArguments arguments, TextWriter told, TimeSpan patience, TimeProvider clock, CancellationToken cancel)
    {
        using var configuration = new ConfigurationManager();
        arguments.AddTo(configuration);
        var file = FileIn(ServerArguments.DataDirectoryOf(configuration));
        if (ServerArguments.NamesApps(configuration) || File.Exists(file)) return;

        await told.WriteLineAsync($"Waiting for parley serve to make {file}…");
        for (var waited = TimeSpan.Zero; waited < patience && !File.Exists(file); waited += Pause) await Task.Delay(Pause, clock, cancel);
    }

    private static void Add(IConfigurationBuilder configuration, string directory, string secret) =>
        configuration.Add(new NamedSource($"file {FileIn(directory)}", [new($"{AppsOptions.Section}:{Name}:Keys:0:Secret", secret)]));

    private static string? Read(string directory)
    {
        try
        {
            var secret = File.ReadAllText(FileIn(directory)).Trim();
            return AppSecret.Read(secret).Problem is { } problem
                ? throw new CommandException($"{FileIn(directory)} {problem}; or remove the file, and the next parley serve makes a new one.")
                : secret;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            throw new CommandException($"{FileIn(directory)} may not be read by this user: run as the user that serves it.");
        }
    }

    private static string Create(string directory)
    {
        var path = FileIn(directory);
        try
        {
            if (!Directory.Exists(directory)) CreatePrivately(directory);
            using var turn = TakeTurn($"{path}.lock");
            // Of two servers that start at once, the second takes the first's; it has its turn only after the file is complete.
            var secret = Read(directory) ?? WriteNew(path);
            // Whoever waits for the deleted one, or makes another, finds the secret.
            File.Delete(turn.Name);
            return secret;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                $"The data directory {directory} cannot be written ({e.Message.TrimEnd('.')}): make it writable, or choose another with --data.");
        }
    }

    private static string WriteNew(string path)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(AppSecret.MinBytes));
        using (var file = new FileStream($"{path}.new", ForOwnerOnly(FileMode.Create)))
        {
            file.Write(Encoding.ASCII.GetBytes(secret));
            file.Flush(flushToDisk: true);
        }

        File.Move($"{path}.new", path);
        return secret;
    }

    /// <summary>Waits until no other process has the file; the operating system gives it back when a process dies.</summary>
    private static FileStream TakeTurn(string path)
    {
        FileStream? turn = null;
        IOException? last = null;
        var taken = SpinWait.SpinUntil(
            () =>
            {
                try
                {
                    turn = new FileStream(path, ForOwnerOnly(FileMode.OpenOrCreate));
                    return true;
                }
                catch (IOException e)
                {
                    last = e;
                    return false;
                }
            },
            Patience);
        return taken ? turn! : throw last!;
    }

    private static FileStreamOptions ForOwnerOnly(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return options;
    }

    private static void CreatePrivately(string directory)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
    }
}
