using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using Microsoft.Data.Sqlite;
using static Parley.Client.Tests.Storage.LocalStoreTests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Storage;

/// <summary>What may be wrong with a file, and what the program is told of it.</summary>
public sealed class SqliteStoreTests : IDisposable
{
    private readonly Stores _stores = new(StoreKind.Sqlite);

    public void Dispose() => _stores.Dispose();

    [Fact]
    public async Task A_second_client_on_one_file_is_refused_until_the_first_has_ended()
    {
        var first = _stores.Next();
        await first.OpenAsync();
        await using var second = _stores.Next();

        var refused = await Assert.ThrowsAsync<LocalStoreException>(async () => await second.OpenAsync());
        Assert.Equal((LocalStoreFailure.InUse, true), (refused.Failure, refused.IsTransient));
        Assert.Contains(_stores.File, refused.Message, StringComparison.Ordinal);

        await first.DisposeAsync();
        await second.OpenAsync();
        await second.WriteAsync([Put("kind", "", 1, "second")]);
    }

    [Fact]
    public async Task A_file_of_something_else_is_left_alone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_stores.File)!);
        await File.WriteAllTextAsync(_stores.File, new string('x', 5_000));
        Assert.Equal(LocalStoreFailure.Damaged, await FailureAsync());
        Assert.Equal(new string('x', 5_000), await File.ReadAllTextAsync(_stores.File));

        File.Delete(_stores.File);
        await ChangeAsync("create table theirs (x)");
        Assert.Equal(LocalStoreFailure.Damaged, await FailureAsync());
    }

    [Fact]
    public async Task A_store_of_a_later_version_is_left_alone()
    {
        await using (var store = _stores.Next()) await store.OpenAsync();
        await ChangeAsync("pragma user_version = 3");

        Assert.Equal(LocalStoreFailure.Newer, await FailureAsync());
    }

    /// <summary>As the first version wrote it, byte by byte but for the order of pages: the statements are those it had.</summary>
    [Fact]
    public async Task A_store_of_the_first_version_opens_with_what_is_in_it_and_without_what_was_removed()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_stores.File)!);
        await ChangeAsync("""
            pragma page_size = 4096;
            pragma journal_mode = wal;
            pragma secure_delete = off;
            create table records (kind text not null, scope text not null, number integer not null, value blob not null, primary key (kind, scope, number)) without rowid;
            pragma application_id = 1349676153;
            pragma user_version = 1;
            insert into records values ('owner', '', 0, cast('alice' as blob)), ('device', '', 0, cast('0198f2c0' as blob));
            insert into records values ('outbox', '', 7, cast('{"at":1795939200000,"left":false,"send":{"conversation":"0198f2c0-0000-7000-8000-0000000000c1","message":"0198f2c0-0000-7000-8000-0000000000a1","content":{"parts":[{"type":"text/plain","body":"kept"}]}}}' as blob));
            insert into records values ('outbox', '', 6, cast(replace(hex(zeroblob(2000)), '00', 'a secret ') as blob));
            delete from records where number = 6;
            """);
        Assert.Contains("a secret", _stores.Bytes(), StringComparison.Ordinal);

        await using (var store = _stores.Next())
        {
            await store.OpenAsync();
            Assert.Equal("alice", await ReadAsync(store, new LocalRange("owner")));
            Assert.Contains("kept", await ReadAsync(store, new LocalRange("outbox")), StringComparison.Ordinal);
            await store.WriteAsync([Put("outbox", "", 8, "the next")]);
        }

        Assert.DoesNotContain("a secret", _stores.Bytes(), StringComparison.Ordinal);
        await using var again = _stores.Next();
        await again.OpenAsync();
        Assert.EndsWith("the next", await ReadAsync(again, new LocalRange("outbox")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_removed_or_replaced_is_soon_in_no_file_while_it_is_open()
    {
        await using var store = _stores.Next();
        await store.OpenAsync();
        await store.WriteAsync([Put("kind", "", 1, "a first secret"), Put("kind", "", 2, "a second secret"), Put("kind", "a", 3, "a third secret"), Put("kind", "b", 4, "kept")]);
        Assert.Contains("a first secret", _stores.Bytes(), StringComparison.Ordinal);

        await store.WriteAsync([Put("kind", "", 1, "kept"), Remove("kind", "", 2), LocalChange.Erase(new LocalRange("kind", "a"))]);

        await UntilAsync(() => !_stores.Bytes().Contains("secret", StringComparison.Ordinal), "it is gone");
        Assert.Equal("kept, kept", await ReadAsync(store, new LocalRange("kind")));
    }

    [Fact]
    public async Task A_folder_in_which_nothing_may_be_written_is_told()
    {
        var folder = Path.GetDirectoryName(_stores.File)!;
        Directory.CreateDirectory(folder);
        // Nobody may write there, whatever his rights.
        await using var nowhere = new SqliteStore("/proc/parley/alice.store");
        Assert.Equal(LocalStoreFailure.Unavailable, (await Assert.ThrowsAsync<LocalStoreException>(async () => await nowhere.OpenAsync())).Failure);

        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Who is root may write everywhere.");
        if (OperatingSystem.IsWindows()) return;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(LocalStoreFailure.Unavailable, await FailureAsync());
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task A_page_that_was_written_over_is_told_and_not_taken_for_nothing()
    {
        await using (var store = _stores.Next())
        {
            await store.OpenAsync();
            for (var number = 0; number < 100; number++) await store.WriteAsync([Put("kind", "", number, new string('a', 1_000))]);
        }

        await using (var file = File.OpenWrite(_stores.File))
        {
            file.Position = 3 * 4_096;
            await file.WriteAsync(Enumerable.Repeat((byte)0xff, 20 * 4_096).ToArray());
        }

        await using var damaged = _stores.Next();
        await damaged.OpenAsync();
        Assert.Equal(LocalStoreFailure.Damaged, (await Assert.ThrowsAsync<LocalStoreException>(async () => await damaged.ReadAsync(new LocalRange("kind")))).Failure);
    }

    [Fact]
    public async Task A_write_that_finds_no_room_changes_nothing_and_later_ones_are_taken_again()
    {
        await using var store = new SqliteStore(_stores.File, new SqliteStoreOptions { MaxBytes = 100 * 4_096 });
        await store.OpenAsync();
        await store.WriteAsync([Put("kind", "", 1, "before")]);

        var full = await Assert.ThrowsAsync<LocalStoreException>(async () => await store.WriteAsync([Put("kind", "", 1, "after"), Put("kind", "", 2, new string('a', 1_000_000))]));

        Assert.Equal((LocalStoreFailure.Full, true), (full.Failure, full.IsTransient));
        Assert.Equal("before", await ReadAsync(store, new LocalRange("kind")));
        await store.WriteAsync([Put("kind", "", 1, "again")]);
        Assert.Equal("again", await ReadAsync(store, new LocalRange("kind")));
    }

    [Fact]
    public async Task Of_writes_that_wait_together_only_the_one_fails_that_finds_no_room()
    {
        var (reads, mayRead) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var store = new SqliteStore(_stores.File, new SqliteStoreOptions
        {
            MaxBytes = 100 * 4_096,
            Unprotect = (_, kept) =>
            {
                // The store's thread, which does nothing else meanwhile.
                reads.TrySetResult();
                mayRead.Task.Wait(TimeSpan.FromSeconds(20));
                return kept;
            },
        });
        await store.OpenAsync();
        await store.WriteAsync([Put("kind", "", 1, "before")]);
        var reading = store.ReadAsync(new LocalRange("kind"));
        await reads.Task;

        var small = store.WriteAsync([Put("kind", "", 2, "small")]);
        var large = store.WriteAsync([Put("kind", "", 1, "after"), Put("kind", "", 3, new string('a', 1_000_000))]);
        var next = store.WriteAsync([Put("kind", "", 4, "next")]);
        mayRead.SetResult();

        Assert.Equal(LocalStoreFailure.Full, (await Assert.ThrowsAsync<LocalStoreException>(async () => await large)).Failure);
        await small;
        await next;
        await reading;
        Assert.Equal("before, small, next", await ReadAsync(store, new LocalRange("kind")));
    }

    [Fact]
    public async Task Without_a_provider_of_SQLite_the_program_goes_on_and_is_told_what_it_lacks()
    {
        // Beside the ones of the tests, which have a provider.
        var beside = new Beside();
        try
        {
            var type = beside.LoadFromAssemblyPath(typeof(SqliteStore).Assembly.Location).GetType(typeof(SqliteStore).FullName!, throwOnError: true)!;
            var store = Activator.CreateInstance(type, _stores.File, null)!;
            var opening = (ValueTask)type.GetMethod(nameof(SqliteStore.OpenAsync))!.Invoke(store, [CancellationToken.None])!;

            var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await opening);

            Assert.Equal((typeof(LocalStoreException).FullName, "Unavailable"), (failure.GetType().FullName, $"{failure.GetType().GetProperty(nameof(LocalStoreException.Failure))!.GetValue(failure)}"));
            Assert.Contains(_stores.File, failure.Message, StringComparison.Ordinal);
            Assert.Contains("SQLitePCL.raw.SetProvider", failure.Message, StringComparison.Ordinal);
            Assert.Contains("SQLite comes with the app", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            beside.Unload();
        }
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_told()
    {
        await File.WriteAllTextAsync(Path.GetDirectoryName(_stores.File)!, "a file");

        Assert.Equal(LocalStoreFailure.Unavailable, await FailureAsync());
    }

    [Fact]
    public async Task What_is_protected_stands_nowhere_in_the_files_as_it_was()
    {
        var turned = new SqliteStoreOptions { Protect = (key, plain) => Turn(key, plain), Unprotect = (key, kept) => Turn(key, kept) };
        await using (var store = _stores.Next(turned))
        {
            await store.OpenAsync();
            await store.WriteAsync([Put("kind", "", 1, "a secret of alice")]);
            Assert.Equal("a secret of alice", await ReadAsync(store, new LocalRange("kind")));
            Assert.DoesNotContain("secret", _stores.Bytes(), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("secret", _stores.Bytes(), StringComparison.Ordinal);
        await using var next = _stores.Next(turned);
        await next.OpenAsync();
        Assert.Equal("a secret of alice", await ReadAsync(next, new LocalRange("kind")));

        static ReadOnlyMemory<byte> Turn(LocalKey key, ReadOnlyMemory<byte> bytes) => bytes.ToArray().Select(one => (byte)(one ^ 0x55 ^ (byte)key.Number)).ToArray();
    }

    /// <summary>The SDK and SQLite's core once more, as if they were of another program.</summary>
    private sealed class Beside() : AssemblyLoadContext(nameof(Beside), isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName name) =>
            name.Name!.StartsWith("Parley", StringComparison.Ordinal) || name.Name.StartsWith("SQLitePCL", StringComparison.Ordinal) ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, $"{name.Name}.dll")) : null;
    }

    private async Task<LocalStoreFailure> FailureAsync()
    {
        await using var store = _stores.Next();
        var failure = await Assert.ThrowsAsync<LocalStoreException>(async () => await store.OpenAsync());
        Assert.Contains(_stores.File, failure.Message, StringComparison.Ordinal);
        return failure.Failure;
    }

    private async Task ChangeAsync(string statement)
    {
        await using var connection = new SqliteConnection($"Data Source={_stores.File};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync();
    }
}
