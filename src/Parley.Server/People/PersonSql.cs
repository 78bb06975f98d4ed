using System.Data.Common;
using Parley.Storage;

namespace Parley.People;

/// <summary>Reading a <see cref="Person"/>, as a part of a statement in which <c>u</c> is his row of <c>users</c>, or nothing.</summary>
internal static class PersonSql
{
    public static Sql Columns => Sql.From($"u.revision, u.suspended_until, u.muted_until, coalesce(u.deleted_at, u.deactivated_at), u.no_messaging");

    /// <summary>What stands in the columns from <paramref name="first"/> on.</summary>
    public static Person Read(DbDataReader row, int first) => row.IsDBNull(first)
        ? Person.Unknown
        : new Person(row.GetInt64(first), IsGone: !row.IsDBNull(first + 3), SuspendedUntil: row.TimeOrNull(first + 1), MutedUntil: row.TimeOrNull(first + 2), HasMessaging: row.GetInt32(first + 4) == 0);

    /// <summary>Of a user by himself; of one of whom nothing is kept too.</summary>
    public static async ValueTask<Person> FindAsync(Session session, UserKey user, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select {Columns} from users u where u.app = {user.App.Number} and u.user_id = {user.User.Value}
            """, row => Read(row, 0), cancel);
        return rows is [var person] ? person : Person.Unknown;
    }
}
