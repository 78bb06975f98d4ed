using Microsoft.Data.Sqlite;

namespace Parley.Storage.Sqlite;

/// <summary>The commands of one connection, which keep their prepared statements: preparing a join takes longer than running it for one user.</summary>
/// <remarks>Statements whose text depends on the length of a list are many; those not used for longest are forgotten. Used by one session at a time.</remarks>
internal sealed class SqliteCommands(SqliteConnection connection)
{
    private const int Kept = 64;

    private readonly LinkedList<SqliteCommand> _byAge = [];
    private readonly Dictionary<string, LinkedListNode<SqliteCommand>> _byText = [];

    public SqliteConnection Connection => connection;

    /// <summary>A command of this text without parameters; the caller's until <see cref="Return"/>.</summary>
    public SqliteCommand Take(string text)
    {
        if (_byText.Remove(text, out var node))
        {
            _byAge.Remove(node);
            return node.Value;
        }

        var command = connection.CreateCommand();
        command.CommandText = text;
        return command;
    }

    /// <summary>Takes a command back that nothing is being read from.</summary>
    public void Return(SqliteCommand command)
    {
        command.Parameters.Clear();
        if (!_byText.TryAdd(command.CommandText, new LinkedListNode<SqliteCommand>(command)))
        {
            command.Dispose();
            return;
        }

        _byAge.AddLast(_byText[command.CommandText]);
        if (_byAge.Count <= Kept) return;
        var oldest = _byAge.First!.Value;
        _byAge.RemoveFirst();
        _byText.Remove(oldest.CommandText);
        oldest.Dispose();
    }
}
