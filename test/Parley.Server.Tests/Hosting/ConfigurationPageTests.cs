using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Parley.Commands;
using Parley.Hosting;

namespace Parley.Tests.Hosting;

public sealed class ConfigurationPageTests
{
    [Fact]
    public void The_page_of_settings_is_what_the_options_say() => Generated.MustEqual("docs/guide/configuration.md", ConfigurationPage.Render(Catalogue()));

    [Fact]
    public void Every_setting_says_what_it_is_for() =>
        Assert.Empty(Catalogue().Settings.Where(setting => XmlDocs.SummaryOf(setting.Property).Length == 0).Select(setting => setting.Key));

    [Fact]
    public void Whatever_sounds_secret_is_masked() => Assert.Empty(Catalogue().Settings
        .Where(setting => !setting.IsSecret && setting.Property.PropertyType == typeof(string))
        .Where(setting => new[] { "Secret", "Password", "Connection" }.Any(word => setting.Parts[^1].Contains(word, StringComparison.OrdinalIgnoreCase)))
        .Select(setting => setting.Key));

    private static SettingsCatalogue Catalogue()
    {
        using var configuration = new ConfigurationManager();
        return new ServiceCollection().AddLogging().AddServer(configuration).BuildServiceProvider().GetRequiredService<SettingsCatalogue>();
    }
}

/// <summary>Writes docs/guide/configuration.md from the options classes and their comments.</summary>
internal static class ConfigurationPage
{
    private const string Introduction = """
        <!-- Generated from the code: do not edit. PARLEY_ACCEPT=1 ./test.sh rewrites it. -->

        # Configuration

        `parley serve` needs no configuration: it keeps its files in `./data` and makes an app named `demo` with a random secret.

        A setting comes from, the later winning over the earlier:

        1. its default, in the tables below;
        2. the JSON file of `--config`: `{ "Parley": { "Http": { "Urls": "http://localhost:8080" } } }`;
        3. the environment, with two underscores for each colon: `Parley__Http__Urls=http://localhost:8080`;
        4. an argument of the command, where there is one: `--urls http://localhost:8080`.

        A host that embeds Parley with `AddParley(configuration)` uses the sources of its own configuration.

        `parley config` shows the effective settings and where each comes from. A key that is no setting, or a value that is not allowed, stops the
        server at start with a sentence that names the key and what would be right. `<name>` and `<n>` stand for a name of your choice and for
        0, 1, 2, …. Times are hours:minutes:seconds, with days before a dot: `00:00:30`, `1.00:00:00`.

        ## Apps of your own

        ```json
        {
          "Parley": {
            "Apps": {
              "shop": { "Keys": [ { "Id": "2026-03", "Secret": "put-32-random-bytes-of-your-own-here" } ] }
            }
          }
        }
        ```

        The server refuses to start with this secret, because everybody can read it here: `openssl rand -base64 32` makes one. Better than in a
        file, keep it in the environment, as `Parley__Apps__shop__Keys__0__Secret`. Where apps are configured, there is no `demo`.

        """;

    public static string Render(SettingsCatalogue catalogue)
    {
        var page = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        foreach (var section in catalogue.Sections)
        {
            page.Append($"\n## {section.Key}\n\n{XmlDocs.SummaryOf(section.Options)}\n\n");
            page.Append("| Setting | Takes | Default | Meaning |\n|---|---|---|---|\n");
            foreach (var setting in catalogue.Settings.Where(setting => setting.Key.StartsWith($"{section.Key}:", StringComparison.Ordinal)))
            {
                page.Append($"| `{setting.Key[(section.Key.Length + 1)..]}` | {Cell(Takes(setting))} | {Code(setting.Default)} | {Cell(XmlDocs.SummaryOf(setting.Property))} |\n");
            }
        }

        return page.ToString();
    }

    private static string Takes(Setting setting) => setting switch
    {
        { IsSecret: true } => "secret",
        { Range: "" } => setting.Form,
        _ => $"{setting.Form} {setting.Range}",
    };

    private static string Code(string text) => text.Length == 0 ? "" : $"`{text}`";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
