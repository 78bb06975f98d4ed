using Microsoft.Data.Sqlite;
using Npgsql;
using Parley.Storage.Postgres;
using Parley.Storage.Sqlite;

namespace Parley.Storage;

/// <summary>Reads a server's database from another process, without the server: for the operator's commands.</summary>
/// <remarks>Holds up no writer. On SQLite each statement is of a moment of its own, so that no log is kept from beginning anew for long.</remarks>
internal sealed class Onlooker : IAsyncDisposable
{
    private readonly NpgsqlDataSource? _source;

    private Onlooker(Session session, NpgsqlDataSource? source) =>
        (Session, _source, ChangeHorizon) = (session, source, source is null ? SqliteDatabase.Horizon : PostgresDatabase.Horizon);

    public Session Session { get; }

    /// <inheritdoc cref="Database.ChangeHorizon"/>
    public Sql ChangeHorizon { get; }

    /// <exception cref="StorageException">There is no such database, or it cannot be reached; the message says what to do.</exception>
    public static async Task<Onlooker> OpenAsync(StorageOptions storage, CancellationToken cancel)
    {
        if (storage.Engine == StorageEngine.Sqlite)
        {
            try
            {
                var file = SqliteOnlooker.Open(Databases.FileOf(storage));
                return new Onlooker(new SqliteSession(new SqliteCommands(file), file.Dispose), null);
            }
            catch (SqliteException exception)
            {
                throw Explain(storage, exception);
            }
        }

        var settings = new NpgsqlConnectionStringBuilder(Databases.ConnectionStringOf(storage)) { Pooling = false, ApplicationName = $"{PostgresDatabase.Name} onlooker" };
        settings.Options = $"-c default_transaction_read_only=on {settings.Options}".TrimEnd();
        var source = NpgsqlDataSource.Create(settings);
        try
        {
            return new Onlooker(new PostgresSession(await source.OpenConnectionAsync(cancel)), source);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            await source.DisposeAsync();
            throw Explain(storage, exception);
        }
    }

    /// <summary>What an exception of a statement means.</summary>
    public static StorageException Explain(StorageOptions storage, Exception exception) => exception as StorageException ?? new StorageException(
        StorageFailure.Unavailable,
        storage.Engine == StorageEngine.Sqlite ? $"{Databases.FileOf(storage)} cannot be read: {exception.Message}" : $"PostgreSQL cannot be read: {exception.Message}", exception);

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        if (_source is not null) await _source.DisposeAsync();
    }
}
