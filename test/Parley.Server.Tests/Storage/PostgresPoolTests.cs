using Parley.Storage.Postgres;

namespace Parley.Tests.Storage;

public class PostgresPoolTests
{
    [Theory]
    [InlineData("Host=db;Maximum Pool Size=7", 7)]
    [InlineData("Host=db; maximum pool size = 7", 7)]
    [InlineData("Host=db;MaxPoolSize=7", 7)]
    [InlineData("MAXPOOLSIZE=7;Host=db", 7)]
    [InlineData("Host=db;Maximum Pool Size=100", 100)]
    public void A_pool_size_that_was_given_is_kept_however_it_is_written(string connectionString, int readers) =>
        Assert.Equal(readers, PostgresDatabase.ReadersOf(new(connectionString)));

    [Theory]
    [InlineData("Host=db", 32)]
    [InlineData("Host=db;Minimum Pool Size=5", 32)]
    [InlineData("Host=db;MinPoolSize=50", 50)]
    [InlineData("Host=db;Password=Maximum Pool Size", 32)]
    public void Without_one_a_node_leaves_connections_for_others(string connectionString, int readers) =>
        Assert.Equal(readers, PostgresDatabase.ReadersOf(new(connectionString)));
}
