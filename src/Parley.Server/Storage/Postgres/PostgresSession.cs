using System.Data.Common;
using Npgsql;

namespace Parley.Storage.Postgres;

/// <summary>A connection of the pool, given back when disposed.</summary>
internal sealed class PostgresSession(NpgsqlConnection connection) : Session
{
    public NpgsqlConnection Connection => connection;

    public override Sql Change => Sql.From($"pg_current_xact_id()::text::bigint");

    public override Sql Same => Sql.From($"is not distinct from");

    protected override DbCommand CreateCommand(Sql sql)
    {
        var command = connection.CreateCommand();
        // By place and not by name: names the driver looks for in the text, each time.
        command.CommandText = sql.Render('$', (_, value) => command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value }));
        return command;
    }

    public override ValueTask DisposeAsync() => connection.DisposeAsync();
}

/// <summary>A transaction on a connection of the pool.</summary>
internal sealed class PostgresTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction) : IWriteTransaction
{
    public Session Session { get; } = new PostgresSession(connection);

    public async ValueTask CommitAsync(CancellationToken cancel) => await transaction.CommitAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
