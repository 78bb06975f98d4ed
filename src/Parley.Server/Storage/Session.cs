using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Parley.Storage;

/// <summary>An open connection, reading or inside a transaction of the <see cref="Journal"/>.</summary>
internal abstract class Session : IAsyncDisposable
{
    /// <summary>Runs a statement; the number of rows it changed.</summary>
    public async ValueTask<int> ExecuteAsync(Sql sql, CancellationToken cancel)
    {
        var command = CreateCommand(sql);
        try
        {
            return await command.ExecuteNonQueryAsync(cancel);
        }
        finally
        {
            await DoneAsync(command);
        }
    }

    /// <summary>Runs a query to its end.</summary>
    public async ValueTask<List<T>> QueryAsync<T>(Sql sql, Func<DbDataReader, T> read, CancellationToken cancel)
    {
        var rows = new List<T>();
        await ReadAsync(sql, row => rows.Add(read(row)), cancel);
        return rows;
    }

    /// <summary>Runs a query to its end, and hands over row by row what <see cref="QueryAsync"/> would make a list of.</summary>
    public async ValueTask ReadAsync(Sql sql, Action<DbDataReader> read, CancellationToken cancel)
    {
        var command = CreateCommand(sql);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel)) read(reader);
        }
        finally
        {
            await DoneAsync(command);
        }
    }

    /// <summary>The change number of this transaction, to be stored in <c>changed</c> columns.</summary>
    public abstract Sql Change { get; }

    /// <summary>An equals sign that makes no use of an index: for what another column of the statement finds alone.</summary>
    /// <remarks>
    /// An entry is found by its key. PostgreSQL would now and then take the index of sequences instead, which begins with the conversation
    /// too, because statistics say that conversations are short; then a long one is read whole, for each message.
    /// </remarks>
    public abstract Sql Same { get; }

    protected abstract DbCommand CreateCommand(Sql sql);

    /// <summary>A command has run, or failed.</summary>
    protected virtual ValueTask DoneAsync(DbCommand command) => command.DisposeAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>A transaction. Disposing it uncommitted rolls it back.</summary>
internal interface IWriteTransaction : IAsyncDisposable
{
    Session Session { get; }

    /// <summary>Returns when what was written is durable.</summary>
    ValueTask CommitAsync(CancellationToken cancel);
}

internal static class RowExtensions
{
    /// <summary>A UUID column: PostgreSQL's own type, or 16 bytes in the order of its text.</summary>
    public static Guid Uuid(this DbDataReader row, int column) =>
        row is SqliteDataReader ? new Guid(row.Bytes(column), bigEndian: true) : row.GetGuid(column);

    public static ConversationId Conversation(this DbDataReader row, int column) => new(row.Uuid(column));

    public static UserId User(this DbDataReader row, int column) => new(row.GetString(column));

    public static Sequence Sequence(this DbDataReader row, int column) => new(row.GetInt64(column));

    public static DateTimeOffset Time(this DbDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static DateTimeOffset? TimeOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);

    public static byte[] Bytes(this DbDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    public static string? TextOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static long? LongOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
