using System.Data.Common;
using Npgsql;

namespace Parley.Storage.Postgres;

/// <summary>A connection of the pool, given back when disposed.</summary>
internal sealed class PostgresSession(NpgsqlConnection connection, bool blocks = false) : Session
{
    public NpgsqlConnection Connection => connection;

    protected override bool Blocks => blocks;

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

/// <summary>A transaction on a connection that only the journal's threads use, which wait for PostgreSQL themselves.</summary>
/// <remarks>
/// An answer that is awaited is heard of by a thread that serves clients too (docs/decisions/0022), after all that those have sent: in a flood each
/// of the three waits of an append took as long as a look through all of them, and the database stood idle.
/// </remarks>
internal sealed class PostgresTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction) : IWriteTransaction
{
    public Session Session { get; } = new PostgresSession(connection, blocks: true);

    public ValueTask CommitAsync(CancellationToken cancel)
    {
        transaction.Commit();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        transaction.Dispose();
        connection.Dispose();
        return default;
    }
}
