using Parley.Storage.Sqlite;

namespace Parley.Client.Tests.Storage;

/// <summary>The kinds of store that a client may have.</summary>
public enum StoreKind
{
    Memory,
    Sqlite,
}

/// <summary>A place where stores of one kind are opened one after the other, as by one run of a program after the other.</summary>
internal sealed class Stores : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("parley-store-");
    private readonly MemoryStore _memory = new();
    private readonly StoreKind _kind;

    public Stores(StoreKind kind)
    {
        SystemSqlite.Use();
        _kind = kind;
    }

    public string File => Path.Combine(_folder.FullName, "alice", "parley.store");

    /// <summary>For the next run; to be opened.</summary>
    public LocalStore Next(SqliteStoreOptions? options = null) => _kind == StoreKind.Memory ? _memory : new SqliteStore(File, options);

    /// <summary>Every byte of every file.</summary>
    public string Bytes() => string.Concat(_folder.EnumerateFiles("*", SearchOption.AllDirectories).Select(file => System.Text.Encoding.Latin1.GetString(System.IO.File.ReadAllBytes(file.FullName))));

    public void Dispose() => _folder.Delete(recursive: true);
}

/// <summary>A store that does as another does, but for what a test says.</summary>
internal sealed class SpyStore(LocalStore inner) : LocalStore
{
    /// <summary>Called before each write; what it throws is thrown, and nothing is written.</summary>
    public Func<IReadOnlyList<LocalChange>, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Completes when it may be opened.</summary>
    public Task MayOpen { get; init; } = Task.CompletedTask;

    public override async ValueTask OpenAsync(CancellationToken cancel = default)
    {
        await MayOpen;
        await inner.OpenAsync(cancel);
    }

    public override ValueTask<IReadOnlyList<LocalRecord>> ReadAsync(LocalRange range, CancellationToken cancel = default) => inner.ReadAsync(range, cancel);

    public override async ValueTask WriteAsync(IReadOnlyList<LocalChange> changes, CancellationToken cancel = default)
    {
        await Before(changes);
        await inner.WriteAsync(changes, cancel);
    }

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
