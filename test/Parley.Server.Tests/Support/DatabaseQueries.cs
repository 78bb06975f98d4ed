using System.Text;
using Parley.Storage;

namespace Parley.Tests;

/// <summary>What tests ask of a database, and change in it, behind the server's back.</summary>
internal static class DatabaseQueries
{
    /// <summary>Runs a statement in a transaction of its own.</summary>
    public static async Task ChangeAsync(this Database database, Sql sql)
    {
        await using var transaction = await database.BeginAsync(CancellationToken.None);
        await transaction.Session.ExecuteAsync(sql, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    /// <summary>A number that a query answers.</summary>
    public static async Task<long> NumberAsync(this Database database, Sql sql)
    {
        await using var session = await database.OpenReaderAsync(CancellationToken.None);
        return (await session.QueryAsync(sql, row => row.GetInt64(0), CancellationToken.None))[0];
    }

    /// <summary>The columns, as <c>table.column</c>, in which any row of any table has one of the texts.</summary>
    public static async Task<IReadOnlyList<string>> MentionsAsync(this Database database, params string[] texts)
    {
        await using var session = await database.OpenReaderAsync(CancellationToken.None);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var table in await session.QueryAsync(database.TableNames, row => row.GetString(0), CancellationToken.None))
        {
            await session.ReadAsync(Sql.Script($"select * from {table}"), row =>
            {
                for (var column = 0; column < row.FieldCount; column++)
                {
                    var value = row.IsDBNull(column) ? "" : row.GetValue(column) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : $"{row.GetValue(column)}";
                    if (Array.Exists(texts, text => value.Contains(text, StringComparison.Ordinal))) found.Add($"{table}.{row.GetName(column)}");
                }
            }, CancellationToken.None);
        }

        return [.. found];
    }

    /// <summary>All columns of texts and of bytes, as <c>table.column</c>.</summary>
    public static async Task<IReadOnlyList<string>> TextColumnsAsync(this Database database)
    {
        await using var session = await database.OpenReaderAsync(CancellationToken.None);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var table in await session.QueryAsync(database.TableNames, row => row.GetString(0), CancellationToken.None))
        {
            // A row also of a table that has none.
            await session.ReadAsync(Sql.Script($"select t.* from (select 1 as one) as o left join {table} t on 1 = 1 limit 1"), row =>
            {
                found.UnionWith(Enumerable.Range(0, row.FieldCount)
                    .Where(column => row.GetDataTypeName(column).ToLowerInvariant() is "text" or "bytea")
                    .Select(column => $"{table}.{row.GetName(column)}"));
            }, CancellationToken.None);
        }

        return [.. found];
    }
}
