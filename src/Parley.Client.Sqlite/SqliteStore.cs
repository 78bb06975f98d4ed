using System.Threading.Channels;

namespace Parley.Client;

/// <summary>A store in one SQLite file, with its write-ahead log beside it.</summary>
/// <remarks>
/// A thread of its own does everything, one thing after the other; writes that wait together are one transaction, so that a hundred cost one flush of the disk. The file is locked as long as it is open: a second
/// client on it is refused (<see cref="LocalStoreFailure.InUse"/>), and the lock of a process that was killed is gone with it.
/// </remarks>
public sealed class SqliteStore : LocalStore
{
    private const int MostInOneTransaction = 500;
    private const long LeastBytes = 64 * 1024;

    /// <summary>How long nothing is to do before the log is emptied, and with it what was removed or replaced.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    /// <summary>How long it may wait for that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly SqliteStoreOptions _options;
    private readonly Channel<Work> _work = Channel.CreateUnbounded<Work>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private Task? _opened;
    private Thread? _thread;
    private bool _disposed;

    /// <summary>Completes when there is something to do. Of the store's own thread, like the one below.</summary>
    private Task<bool>? _more;
    private long? _emptied;

    /// <summary>Names the file; nothing is opened yet.</summary>
    /// <param name="path">Where it is, or will be; its folder is made when it is opened.</param>
    /// <param name="options">What to do with what is kept; null for the usual.</param>
    public SqliteStore(string path, SqliteStoreOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (options?.MaxBytes < LeastBytes) throw new ArgumentOutOfRangeException(nameof(options), options.MaxBytes, $"A store has at least {LeastBytes} bytes.");
        (_path, _options) = (Path.GetFullPath(path), options ?? new SqliteStoreOptions());
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(CancellationToken cancel = default)
    {
        Task opened;
        lock (_gate)
        {
            ThrowIfDisposed();
            opened = _opened is null or { IsFaulted: true } ? _opened = StartAsync() : _opened;
        }

        await opened.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<LocalRecord>> ReadAsync(LocalRange range, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(range);
        var read = new Work.Read(range);
        Post(read);
        return await read.Done.Task.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(IReadOnlyList<LocalChange> changes, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(changes);
        cancel.ThrowIfCancellationRequested();
        if (changes.Count == 0) return;
        // Protected here, on the caller's thread: ciphers are slow, and the file waits for nobody.
        var write = new Work.Write([.. changes.Select(change => change with { Value = change.Value is { } plain ? _options.Protect(change.Key, plain) : default(ReadOnlyMemory<byte>?) })]);
        Post(write);
        await write.Done.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        Thread? thread;
        lock (_gate)
        {
            _disposed = true;
            thread = _thread;
            _work.Writer.TryComplete();
        }

        if (thread is not null) await Task.Run(thread.Join).ConfigureAwait(false);
    }

    private Task StartAsync()
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _thread = new Thread(() => Run(opened)) { IsBackground = true, Name = "Parley store" };
        _thread.Start();
        return opened.Task;
    }

    private void Post(Work work)
    {
        lock (_gate)
        {
            ThrowIfDisposed();
            if (_opened is not { IsCompletedSuccessfully: true }) throw new LocalStoreException(LocalStoreFailure.Unavailable, $"The store {_path} is not open.");
            _work.Writer.TryWrite(work);
        }
    }

    private void ThrowIfDisposed()
    {
        if (_disposed) throw new LocalStoreException(LocalStoreFailure.Unavailable, $"The store {_path} was disposed.");
    }

    private void Run(TaskCompletionSource opened)
    {
        RecordFile file;
        try
        {
            file = new RecordFile(_path, _options.MaxBytes);
        }
        catch (Exception failure)
        {
            // All of it: what is thrown out of a thread ends the program.
            opened.SetException(failure as LocalStoreException ?? NotOpened(failure));
            return;
        }

        _emptied = TimeProvider.System.GetTimestamp();
        opened.SetResult();
        using (file)
        {
            while (Next(file) is { } work)
            {
                if (work is Work.Read read) Do(file, read);
                else Do(file, (Work.Write)work);
            }
        }
    }

    private Work? Next(RecordFile file)
    {
        while (true)
        {
            if (file.HasLog && _emptied is { } since && TimeProvider.System.GetElapsedTime(since) > Patience) EmptyLog(file);
            if (_work.Reader.TryRead(out var work)) return work;
            _more ??= _work.Reader.WaitToReadAsync().AsTask();
            if (file.HasLog && !IsThereMoreWithin(_more, Quiet))
            {
                EmptyLog(file);
                continue;
            }

            if (!_more.GetAwaiter().GetResult()) return null;
            _more = null;
        }
    }

    private static bool IsThereMoreWithin(Task<bool> more, TimeSpan time)
    {
        try
        {
            more.WaitAsync(time, TimeProvider.System).GetAwaiter().GetResult();
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void EmptyLog(RecordFile file)
    {
        _emptied = TimeProvider.System.GetTimestamp();
        try
        {
            file.EmptyLog();
        }
        catch (Exception)
        {
            // Nothing is lost: it is in the log still, and whoever writes next is told what is wrong.
        }
    }

    private void Do(RecordFile file, Work.Read read)
    {
        try
        {
            var records = file.Read(read.Range);
            read.Done.SetResult([.. records.Select(record => record with { Value = _options.Unprotect(record.Key, record.Value) })]);
        }
        catch (Exception failure)
        {
            read.Done.SetException(Told(failure));
        }
    }

    /// <summary>Writes with all that wait behind it, up to the next read: one flush for all.</summary>
    private void Do(RecordFile file, Work.Write first)
    {
        List<Work.Write> together = [first];
        while (together.Count < MostInOneTransaction && _work.Reader.TryPeek(out var next) && next is Work.Write && _work.Reader.TryRead(out next)) together.Add((Work.Write)next);
        if (together.Count > 1 && Write(file, together) is null)
        {
            foreach (var write in together) write.Done.SetResult();
            return;
        }

        // Alone, or each for itself: one that finds no room must not fail those that do.
        foreach (var write in together)
        {
            if (Write(file, [write]) is { } failure) write.Done.SetException(failure);
            else write.Done.SetResult();
        }
    }

    /// <summary>All or none of them; why none, or null.</summary>
    private LocalStoreException? Write(RecordFile file, IReadOnlyList<Work.Write> writes)
    {
        try
        {
            file.Write(writes.SelectMany(write => write.Changes));
            return null;
        }
        catch (Exception failure)
        {
            return Told(failure);
        }
    }

    private LocalStoreException Told(Exception failure) => failure as LocalStoreException
        ?? new LocalStoreException(LocalStoreFailure.Unavailable, $"The store {_path} failed: {failure.Message}", failure);

    /// <summary>What is no word of SQLite itself. Without a provider the core throws an exception of no kind of its own; with one, and no library, the runtime does.</summary>
    private LocalStoreException NotOpened(Exception failure)
    {
        var missing = failure is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException || failure.GetType() == typeof(Exception)
            ? " SQLite comes with the app: call SQLitePCL.raw.SetProvider with a provider whose library is there, before the store is opened."
            : "";
        return new LocalStoreException(LocalStoreFailure.Unavailable, $"The store {_path} cannot be opened: {failure.Message}{missing}", failure);
    }

    private abstract record Work
    {
        public sealed record Read(LocalRange Range) : Work
        {
            public TaskCompletionSource<IReadOnlyList<LocalRecord>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        public sealed record Write(IReadOnlyList<LocalChange> Changes) : Work
        {
            public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
