using System.Globalization;

namespace Parley.Storage.Postgres;

/// <summary>What appends hold of their actors on PostgreSQL: an advisory lock for each sixty-fourth of all users, shared by them and taken whole by who judges one.</summary>
/// <remarks>
/// Locking the rows themselves, however weakly, writes to each of them for each batch. Here nothing is written, whoever waits is served in turn, and a user without a
/// row is held as well. Who judges somebody keeps one user in sixty-four waiting for some milliseconds; so he judges one user at a time.
/// </remarks>
internal static class UserBuckets
{
    /// <summary>Takes the buckets of <c>$1</c>, as a part of a batch.</summary>
    public static readonly string Share = string.Create(CultureInfo.InvariantCulture, $"select pg_advisory_xact_lock_shared({Class}, bucket) from unnest($1) as bucket");

    /// <summary>The first of the two numbers of each lock: nobody else's of this database.</summary>
    private const int Class = 1347572057;

    private const int Count = 64;

    /// <summary>The buckets of users, each once and in order: all nodes take them in the same one.</summary>
    public static int[] Of(IEnumerable<UserKey> users) => [.. users.Select(Of).Distinct().Order()];

    public static Sql Take(int[] buckets, bool whole) => whole
        ? Sql.From($"select pg_advisory_xact_lock({Class}, bucket) from unnest({buckets}) as bucket")
        : Sql.From($"select pg_advisory_xact_lock_shared({Class}, bucket) from unnest({buckets}) as bucket");

    /// <summary>The same on every node, whatever its version: FNV-1a.</summary>
    private static int Of(UserKey user)
    {
        var hash = (2166136261u ^ (uint)user.App.Number) * 16777619u;
        foreach (var unit in user.User.Value) hash = (hash ^ unit) * 16777619u;
        return (int)((hash ^ (hash >> 16)) % Count);
    }
}
