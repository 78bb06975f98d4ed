using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Parley.Storage.Sqlite;

/// <summary>A connection to the file, given back when disposed.</summary>
internal sealed class SqliteSession(SqliteCommands commands, Action giveBack) : Session
{
    public SqliteConnection Connection => commands.Connection;

    public override Sql Change => Sql.From($"(select number from change_counter)");

    public override Sql Same => Sql.From($"=");

    protected override DbCommand CreateCommand(Sql sql)
    {
        var parameters = new List<(string Name, object? Value)>();
        var command = commands.Take(sql.Render('@', (name, value) => parameters.Add((name, value))));
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, Stored(value));
        return command;
    }

    protected override ValueTask DoneAsync(DbCommand command)
    {
        commands.Return((SqliteCommand)command);
        return default;
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
