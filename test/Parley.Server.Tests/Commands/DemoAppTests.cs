using Microsoft.Extensions.Configuration;
using Parley.Commands;

namespace Parley.Tests.Commands;

public sealed class DemoAppTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Its_secret_is_made_once_for_its_owner_only()
    {
        var folder = _folder.File("data");
        var first = SecretOf(folder);

        Assert.Equal(first, SecretOf(folder));
        Assert.Equal([DemoApp.FileIn(folder)], Directory.GetFiles(folder));
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DemoApp.FileIn(folder)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    [Fact, Trait("Row", "AU-18")]
    public void No_two_installations_share_it() => Assert.NotEqual(SecretOf(_folder.File("one")), SecretOf(_folder.File("two")));

    [Fact]
    public async Task Servers_that_start_at_once_agree_on_it()
    {
        for (var round = 0; round < 20; round++)
        {
            var folder = _folder.File($"data{round}");
            var secrets = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => SecretOf(folder))));
            Assert.Single(secrets.Distinct());
            Assert.Single(Directory.GetFiles(folder));
        }
    }

    [Fact]
    public void Where_apps_are_configured_there_is_no_demo()
    {
        using var configuration = Configuration(_folder.File("data"));
        configuration["Parley:Apps:shop:Issuer"] = "https://shop.example";

        DemoApp.AddTo(configuration);

        Assert.False(configuration.GetSection("Parley:Apps:demo").Exists());
        Assert.False(Directory.Exists(_folder.File("data")));
    }

    [Fact, Trait("Row", "AU-18")]
    public void A_secret_that_was_emptied_is_refused()
    {
        File.WriteAllText(DemoApp.FileIn(_folder.Path), "");
        var refused = Assert.Throws<CommandException>(() => SecretOf(_folder.Path));
        Assert.StartsWith($"{DemoApp.FileIn(_folder.Path)} is empty", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_chats_before_the_first_server_has_started_waits_for_its_secret()
    {
        var told = new StringWriter();
        var waiting = DemoApp.AwaitAsync(new ServerArguments(null, _folder.Path), told, TimeSpan.FromMinutes(1), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        Assert.Contains(DemoApp.FileIn(_folder.Path), told.ToString(), StringComparison.Ordinal);

        SecretOf(_folder.Path);

        await waiting;
        await DemoApp.AwaitAsync(new ServerArguments(null, _folder.Path), told, TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Single(told.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Who_chats_where_no_server_starts_does_not_wait_for_ever() =>
        await DemoApp.AwaitAsync(new ServerArguments(null, _folder.Path), TextWriter.Null, TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);

    private static string SecretOf(string folder)
    {
        using var configuration = Configuration(folder);
        DemoApp.AddTo(configuration);
        return configuration["Parley:Apps:demo:Keys:0:Secret"]!;
    }

    private static ConfigurationManager Configuration(string folder) => new() { [ServerArguments.DataDirectoryKey] = folder };
}
