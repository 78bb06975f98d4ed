using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Parley.Storage.Sqlite;

/// <summary>A connection to the file, given back when disposed.</summary>
internal sealed class SqliteSession(SqliteConnection connection, Action giveBack) : Session
{
    public SqliteConnection Connection => connection;

    public override Sql Change => Sql.From($"(select number from change_counter)");

    public override Sql Same => Sql.From($"=");

    protected override DbCommand CreateCommand(Sql sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql.Render((name, value) => command.Parameters.AddWithValue(name, Stored(value)));
        return command;
    }

    private static object Stored(object? value) => value switch
    {
        null => DBNull.Value,
        Guid id => id.ToByteArray(bigEndian: true),
        _ => value,
    };

    public override ValueTask DisposeAsync()
    {
        giveBack();
        return default;
    }
}
