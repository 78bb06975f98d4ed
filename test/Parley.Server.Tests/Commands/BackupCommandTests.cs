using Parley.Storage;

namespace Parley.Tests.Commands;

public sealed class BackupCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_backup_and_its_restore_say_what_they_hold_and_where_everything_is()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("alice", conversation, "hi");
        var data = server.Storage.DataDirectory;

        var (made, said, _) = await CommandRun.OfAsync("backup", "--data", data, "--to", _folder.File("a.db"));
        var (again, _, refused) = await CommandRun.OfAsync("backup", "--data", data, "--to", _folder.File("a.db"));
        var (running, _, stop) = await CommandRun.OfAsync("restore", _folder.File("a.db"), "--data", data, "--replace");
        await server.CloseAsync();
        var (restored, done, _) = await CommandRun.OfAsync("restore", _folder.File("a.db"), "--data", data, "--replace");
        var (moved, elsewhere, _) = await CommandRun.OfAsync("restore", _folder.File("a.db"), "--data", _folder.File("new/data"));
        await server.OpenAsync();

        Assert.Equal((0, 1, 1, 0, 0), (made, again, running, restored, moved));
        Assert.StartsWith($"{_folder.File("a.db")}: ", said, StringComparison.Ordinal);
        Assert.Contains("It holds 2 entries of 1 conversation, the newest of ", said, StringComparison.Ordinal);
        Assert.Contains("is not overwritten", refused, StringComparison.Ordinal);
        Assert.Contains("Stop it first", stop, StringComparison.Ordinal);
        Assert.Contains("Restored 2 entries of 1 conversation", done, StringComparison.Ordinal);
        Assert.Contains($"The epoch is {server.Node.Installation.Epoch} now", done, StringComparison.Ordinal);
        Assert.Contains($"What was there is {Databases.FileOf(server.Storage)}.before-", done, StringComparison.Ordinal);
        Assert.DoesNotContain("What was there", elsewhere, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_there_is_no_database_the_sentence_says_where_it_was_looked_for()
    {
        var (code, _, error) = await CommandRun.OfAsync("backup", "--data", _folder.File("none"), "--to", _folder.File("a.db"));

        Assert.Equal((1, $"parley: There is no database {_folder.File("none/parley.db")}: check --data and --config.\n"), (code, error));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
