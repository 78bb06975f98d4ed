using System.Text;
using Microsoft.Extensions.Configuration;
using Parley.Identity;

namespace Parley.Commands;

/// <summary>What <c>parley serve</c> says in a terminal: where it is, and the commands to type next.</summary>
internal static class Welcome
{
    private const string DefaultAddress = "http://localhost:5080";

    public static string Text(IEnumerable<string> addresses, IConfiguration configuration, ServerArguments arguments)
    {
        var address = addresses.FirstOrDefault() ?? DefaultAddress;
        var text = new StringBuilder()
            .AppendLine($"Parley is listening on {string.Join(" and ", addresses)}. Ctrl+C stops it.")
            .AppendLine($"Its files are in {ServerArguments.DataDirectoryOf(configuration)}.");
        if (configuration.GetSection($"{AppsOptions.Section}:{DemoApp.Name}").Exists())
        {
            var options = Options(address, arguments);
            text.AppendLine()
                .AppendLine("To chat, run these two in two more terminals:")
                .AppendLine($"  {Executable()} chat alice bob{options}")
                .AppendLine($"  {Executable()} chat bob alice{options}");
        }

        return text.AppendLine().ToString();
    }

    /// <summary>What the other commands must be told because this server is not where they look by default.</summary>
    private static string Options(string address, ServerArguments arguments) => string.Concat(
        address == DefaultAddress ? "" : $" --url {address}",
        arguments.File is null ? "" : $" --config {Quoted(arguments.File)}",
        arguments.DataDirectory is null ? "" : $" --data {Quoted(arguments.DataDirectory)}");

    /// <summary>How this program was found: a name on the PATH, or the way to the file.</summary>
    private static string Executable()
    {
        var path = Environment.ProcessPath ?? "parley";
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        if (folders.Contains(Path.GetDirectoryName(path))) return Path.GetFileNameWithoutExtension(path);
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return Quoted(relative.StartsWith("..", StringComparison.Ordinal) ? path : Path.Combine(".", relative));
    }

    private static string Quoted(string text) => text.Any(char.IsWhiteSpace) ? $"'{text}'" : text;
}
