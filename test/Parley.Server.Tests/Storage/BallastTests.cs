using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Parley.Storage;
using Parley.Storage.Sqlite;
using SQLitePCL;

namespace Parley.Tests.Storage;

public sealed class BallastTests : IDisposable
{
    private const long Mebibyte = 1024 * 1024;

    private readonly TemporaryFolder _folder = new();
    private readonly RecordedLog _log = new();
    private readonly ByHand _clock = new();
    private long _free = long.MaxValue;

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task By_default_it_is_64_MiB_and_on_PostgreSQL_there_is_none()
    {
        Assert.Equal(64 * Mebibyte, new StorageOptions().BallastBytes);
        await using var ballast = Of(new StorageOptions { Engine = StorageEngine.Postgres, DataDirectory = _folder.Path });
        ballast.Start();

        Assert.False(File.Exists(Path));
        File.WriteAllBytes(Path, []);
        ballast.Free();
        Assert.True(File.Exists(Path));
    }

    [Fact]
    public async Task It_takes_up_its_whole_size_on_the_disk()
    {
        await using var ballast = Of((3 * Mebibyte) + 5);
        ballast.Start();

        Assert.Equal((3 * Mebibyte) + 5, new FileInfo(Path).Length);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "stat counts the blocks of a file on Linux");
        using var stat = Process.Start(new ProcessStartInfo("stat", ["--format=%b", Path]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        Assert.InRange(int.Parse(await stat.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture) * 512L, 3 * Mebibyte, 4 * Mebibyte);
    }

    [Theory]
    // As much again must be left beside it, or what MinFreeBytes asks for.
    [InlineData(2 * Mebibyte, 0, true)]
    [InlineData((2 * Mebibyte) - 1, 0, false)]
    [InlineData(6 * Mebibyte, 5 * Mebibyte, true)]
    [InlineData((6 * Mebibyte) - 1, 5 * Mebibyte, false)]
    public async Task It_is_made_where_that_leaves_enough(long free, long minFree, bool made)
    {
        _free = free;
        await using var ballast = Of(Mebibyte, minFree);
        ballast.Start();

        Assert.Equal(made, File.Exists(Path));
        Assert.Equal(made ? 0 : 1, _log.Lines.Count);
        Assert.False(ballast.IsFreed);
    }

    [Fact]
    public async Task What_is_there_is_kept_and_another_size_replaces_it()
    {
        await using (var first = Of(Mebibyte)) first.Start();
        var noise = await File.ReadAllBytesAsync(Path, TestContext.Current.CancellationToken);
        _free = 0;
        await using (var again = Of(Mebibyte)) again.Start();
        Assert.Equal(noise, await File.ReadAllBytesAsync(Path, TestContext.Current.CancellationToken));

        _free = long.MaxValue;
        await using (var larger = Of(2 * Mebibyte)) larger.Start();
        Assert.Equal(2 * Mebibyte, new FileInfo(Path).Length);
        await using (var none = Of(0)) none.Start();
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task Given_back_it_is_told_once_and_made_again_when_there_is_room()
    {
        await using var ballast = Of(Mebibyte);
        ballast.Start();
        _free = (2 * Mebibyte) - 1;

        ballast.Free();
        ballast.Free();
        _clock.Tick();

        Assert.False(File.Exists(Path));
        Assert.True(ballast.IsFreed);
        var told = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Error, told.Level);
        Assert.Contains("Make room: with 2097152 bytes free", told.Text, StringComparison.Ordinal);

        _free = 2 * Mebibyte;
        _clock.Tick();
        await Gateway.GatewayHost.EventuallyAsync(() => !ballast.IsFreed);
        Assert.Equal(Mebibyte, new FileInfo(Path).Length);
    }

    [Fact]
    public async Task What_it_gave_back_is_not_for_new_entries()
    {
        var options = new StorageOptions { DataDirectory = _folder.Path, BallastBytes = Mebibyte, MinFreeBytes = 0 };
        await using var ballast = Of(options);
        ballast.Start();
        _free = 0;
        Assert.False(new DiskSpace(options, ballast, () => _free, _clock).IsLow());

        ballast.Free();

        _free = (2 * Mebibyte) - 1;
        Assert.True(new DiskSpace(options, ballast, () => _free, _clock).IsLow());
        _free = 2 * Mebibyte;
        Assert.False(new DiskSpace(options, ballast, () => _free, _clock).IsLow());
    }

    [Fact]
    public async Task When_SQLite_says_that_the_disk_is_full_it_is_given_back()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, OnSmallDisk);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await ChangeAsync(server, $"pragma max_page_count = 1");

        Assert.Equal(Refusals.StorageFull, await SayUntilRefusedAsync(server, conversation));

        Assert.False(File.Exists(Path));
        await ChangeAsync(server, $"pragma max_page_count = 1000000");
        Assert.NotNull((await server.SendAsync("alice", conversation, "room")).Value);
    }

    [Fact]
    public async Task On_a_disk_that_is_really_full_what_is_stored_can_still_be_changed_and_deleted()
    {
        await using var disk = await SmallDisk.MountAsync(_folder.Path, megabytes: 16);
        await using var server = await TestServer.StartAsync(Engine.Sqlite, OnSmallDisk);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        disk.Fill();

        Assert.Equal(Refusals.StorageFull, await SayUntilRefusedAsync(server, conversation));

        Assert.False(File.Exists(Path));
        Assert.NotNull((await server.ReadAsync("bob", conversation, 1)).Value);
        await ChangeAsync(server, $"delete from entries where sequence > 1");
        await using (var session = await server.Database.OpenReaderAsync(CancellationToken.None))
            Assert.Equal([1L], await session.QueryAsync($"select sequence from entries", row => row.GetInt64(0), CancellationToken.None));

        // Looked at once a second, so both are seen a little later.
        await EventuallyAsync(async () => (await server.SendAsync("alice", conversation, "not yet")).Refusal == Refusals.StorageFull);
        disk.Empty();
        await EventuallyAsync(async () => (await server.SendAsync("alice", conversation, "room")).Value is not null);
    }

    [Fact]
    public async Task A_server_whose_disk_filled_up_while_it_was_away_gives_the_ballast_back_and_starts()
    {
        await using var disk = await SmallDisk.MountAsync(_folder.Path, megabytes: 16);
        await using var server = await TestServer.StartAsync(Engine.Sqlite, OnSmallDisk);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.CloseAsync();
        disk.Fill();

        await server.OpenAsync();

        Assert.False(File.Exists(Path));
        Assert.Single(await server.HistoryAsync("bob", conversation));
    }

    [Fact]
    public async Task A_WAL_index_that_cannot_grow_means_a_full_disk_and_no_lost_data()
    {
        await using var database = new SqliteDatabase(_folder.File("parley.db"), readers: 1);
        Assert.Equal(StorageFailure.Full, database.Explain(new SqliteException("disk I/O error", raw.SQLITE_IOERR, raw.SQLITE_IOERR_SHMSIZE)).Failure);
        Assert.Equal(StorageFailure.Fatal, database.Explain(new SqliteException("disk I/O error", raw.SQLITE_IOERR, raw.SQLITE_IOERR_FSYNC)).Failure);
    }

    private string Path => _folder.File("parley.ballast");

    private Ballast Of(long bytes, long minFree = 0) => Of(new StorageOptions { DataDirectory = _folder.Path, BallastBytes = bytes, MinFreeBytes = minFree });

    private Ballast Of(StorageOptions options) => new(options, () => _free, _clock, new LoggerFactory([_log]).CreateLogger<Ballast>());

    private void OnSmallDisk(StorageOptions storage) =>
        (storage.DataDirectory, storage.BallastBytes, storage.MinFreeBytes) = (_folder.Path, 4 * Mebibyte, 0);

    private static async Task<Refusal?> SayUntilRefusedAsync(TestServer server, ConversationId conversation)
    {
        var text = new string('x', 8_000);
        for (var said = 0; said < 500; said++)
        {
            if ((await server.SendAsync("alice", conversation, text)).Refusal is { } refusal) return refusal;
        }

        return null;
    }

    private static async Task ChangeAsync(TestServer server, Sql sql)
    {
        await using var transaction = await server.Database.BeginAsync(CancellationToken.None);
        await transaction.Session.ExecuteAsync(sql, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    private static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        for (var tries = 0; !await holds(); tries++)
        {
            Assert.True(tries < 500, "It did not become true in ten seconds.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>A clock whose timers fire when the test says so.</summary>
    private sealed class ByHand : TimeProvider
    {
        private Action _tick = () => { };

        public void Tick() => _tick();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _tick = () => callback(state);
            return System.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
