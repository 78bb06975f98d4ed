using Microsoft.Data.Sqlite;
using Parley.Storage;
using Parley.Storage.Sqlite;

namespace Parley.Tests.Storage;

/// <summary>Statements that stay prepared answer as new ones would.</summary>
public class SqliteCommandsTests
{
    [Fact]
    public async Task A_statement_runs_again_with_other_values_however_many_texts_came_between()
    {
        await using var connection = await OpenAsync();
        await using var session = new SqliteSession(new SqliteCommands(connection), () => { });

        for (var round = 0; round < 3; round++)
        {
            for (var number = 0; number < 200; number++)
            {
                var values = Sql.List(Enumerable.Range(0, 1 + number % 100).Select(_ => Sql.From($"{round}")));
                Assert.Equal([number + round], await session.QueryAsync($"select {number} + max({values}, {round})", row => row.GetInt32(0), CancellationToken.None));
            }
        }
    }

    [Fact]
    public async Task After_a_statement_that_failed_the_same_statement_runs_again()
    {
        await using var connection = await OpenAsync();
        await using var session = new SqliteSession(new SqliteCommands(connection), () => { });
        await session.ExecuteAsync($"create table numbers (number integer primary key)", CancellationToken.None);

        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(1, await InsertAsync(round));
            await Assert.ThrowsAsync<SqliteException>(async () => await InsertAsync(round));
        }

        Assert.Equal([0, 1, 2], await session.QueryAsync($"select number from numbers order by number", row => row.GetInt32(0), CancellationToken.None));

        ValueTask<int> InsertAsync(int number) => session.ExecuteAsync($"insert into numbers values ({number})", CancellationToken.None);
    }

    private static async Task<SqliteConnection> OpenAsync()
    {
        SystemSqlite.Use();
        var connection = new SqliteConnection("Data Source=:memory:");
        await connection.OpenAsync();
        return connection;
    }
}
