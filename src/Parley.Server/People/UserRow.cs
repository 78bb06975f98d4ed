using System.Data.Common;
using System.Text.Json;
using Parley.Storage;

namespace Parley.People;

/// <summary>What is kept of a user.</summary>
internal sealed record UserRow(
    UserId User, long Number, DateTimeOffset CreatedAt, DateTimeOffset? SuspendedUntil, DateTimeOffset? MutedUntil, UserStatus Status,
    string? DisplayName, string? AvatarUrl, string? PublicData, string? PrivateData, string? Email, string? Phone, bool HasMessaging)
{
    /// <summary>The columns that <see cref="Read(DbDataReader, int)"/> takes, of <c>u</c>.</summary>
    public static Sql Columns => Sql.From($"""
        u.user_id, u.number, u.created_at, u.suspended_until, u.muted_until, u.deactivated_at, u.deleted_at,
        u.display_name, u.avatar_url, u.public_data, u.private_data, u.email, u.phone, u.no_messaging
        """);

    public static UserRow Read(DbDataReader row) => Read(row, 0);

    /// <summary>What stands in the columns from <paramref name="first"/> on.</summary>
    public static UserRow Read(DbDataReader row, int first) => new(
        row.User(first), row.GetInt64(first + 1), row.Time(first + 2), row.TimeOrNull(first + 3), row.TimeOrNull(first + 4),
        !row.IsDBNull(first + 6) ? UserStatus.Deleted : !row.IsDBNull(first + 5) ? UserStatus.Deactivated : UserStatus.Active,
        row.TextOrNull(first + 7), row.TextOrNull(first + 8), row.TextOrNull(first + 9), row.TextOrNull(first + 10), row.TextOrNull(first + 11), row.TextOrNull(first + 12),
        HasMessaging: row.GetInt32(first + 13) == 0);

    /// <summary>A user's row; null when nothing is kept of him.</summary>
    public static async ValueTask<UserRow?> FindAsync(Session session, UserKey user, CancellationToken cancel)
    {
        var rows = await session.QueryAsync(
            $"select {Columns} from users u where u.app = {user.App.Number} and u.user_id = {user.User.Value}", Read, cancel);
        return rows is [var found] ? found : null;
    }

    /// <summary>Makes the user's row where there is none, with the next number of the app.</summary>
    /// <remarks>
    /// Two who come at once may take the same number: the second waits for the first, and takes the next. So in the order of locks this comes before
    /// any user is locked.
    /// </remarks>
    public static async ValueTask EnsureAsync(Session session, UserKey user, DateTimeOffset now, CancellationToken cancel)
    {
        while (!await ExistsAsync(session, user, cancel))
        {
            await session.ExecuteAsync($"""
                insert into users (app, user_id, number, created_at, revision,
                    standing_changed, profile_changed, contacts_changed, blocks_changed, contacts_floor)
                select {user.App.Number}, {user.User.Value}, coalesce(max(number), 0) + 1, {now.ToUnixTimeMilliseconds()}, 1, 0, 0,
                    coalesce((select max(changed) from contacts where app = {user.App.Number} and user_id = {user.User.Value}), 0), 0, 0
                from users where app = {user.App.Number}
                on conflict do nothing
                """, cancel);
        }
    }

    private static async ValueTask<bool> ExistsAsync(Session session, UserKey user, CancellationToken cancel) =>
        (await session.QueryAsync($"select 1 from users where app = {user.App.Number} and user_id = {user.User.Value}", _ => true, cancel)).Count > 0;

    /// <summary>What everybody may know.</summary>
    public UserProfile Profile => new(User, Number, Status, DisplayName, AvatarUrl, Json(PublicData));

    /// <summary>What he may know himself.</summary>
    public OwnProfile Own(DateTimeOffset now) => new(Profile, Json(PrivateData), Email, Phone, Later(MutedUntil, now));

    /// <summary>What the app's backend may know.</summary>
    public UserAccount Account(DateTimeOffset now) => new(Own(now), CreatedAt, Later(SuspendedUntil, now), HasMessaging ? null : false);

    /// <summary>The row after a change of the profile.</summary>
    public UserRow With(ProfileChange change) => this with
    {
        DisplayName = ProfileChange.After(change.DisplayName, DisplayName),
        AvatarUrl = ProfileChange.After(change.AvatarUrl, AvatarUrl),
        PublicData = ProfileChange.After(change.PublicData, PublicData),
        PrivateData = ProfileChange.After(change.PrivateData, PrivateData),
    };

    /// <summary>Whether nothing of him is taken.</summary>
    public bool IsSuspended(DateTimeOffset now) => Status != UserStatus.Active || SuspendedUntil > now;

    private static DateTimeOffset? Later(DateTimeOffset? time, DateTimeOffset now) => time > now ? time : null;

    private static JsonElement? Json(string? stored) => stored is null ? null : JsonElement.Parse(stored);
}
