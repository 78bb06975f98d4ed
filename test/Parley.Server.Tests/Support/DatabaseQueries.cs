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
}
