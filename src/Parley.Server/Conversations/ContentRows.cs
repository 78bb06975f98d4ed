using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Uploaded content as rules ask about it: whether a user may refer to it, and what it is.</summary>
internal static class ContentRows
{
    /// <summary>What each message that is to be recorded refers to, by the key of its request; without what its sender may not refer to.</summary>
    /// <remarks>Read for one request and for no other: what is in memory for longer may be deleted meanwhile.</remarks>
    public static async ValueTask<IReadOnlyDictionary<Guid, IReadOnlyDictionary<ContentId, StoredContent>>> FindAsync(
        Session session, Database database, AppId app, IReadOnlyCollection<Needed> needed, CancellationToken cancel)
    {
        var found = new Dictionary<Guid, IReadOnlyDictionary<ContentId, StoredContent>>();
        foreach (var one in needed)
        {
            if (one.Contents is not { } wanted || found.ContainsKey(wanted.As)) continue;
            var user = one.Users[0];
            var rows = await session.QueryAsync($"""
                select ct.content, ct.type, ct.size, ct.hash, ct.name, ct.width, ct.height
                from contents ct
                where ct.app = {app.Number} and ct.content {database.AnyOf([.. wanted.Contents.Select(content => content.Value)])}
                    and ct.state = 1 and ct.delete_at is null and (ct.owner = {user.Value} or exists ({SeenBy(user)}))
                """,
                row => (Id: new ContentId(row.GetString(0)), Content: Read(row)), cancel);
            found[wanted.As] = rows.ToDictionary(row => row.Id, row => row.Content);
        }

        return found;
    }

    private static StoredContent Read(System.Data.Common.DbDataReader row) =>
        new(row.GetString(1), row.GetInt64(2), Convert.ToHexStringLower(row.Bytes(3)), row.TextOrNull(4),
            row.IsDBNull(5) ? null : row.GetInt32(5), row.IsDBNull(6) ? null : row.GetInt32(6));

    /// <summary>A use of <c>ct</c> in a message that the user can read now.</summary>
    public static Sql SeenBy(UserId user) => Sql.From($"""
        select 1
        from content_uses cu
        join conversations c on c.number = cu.conversation
        join participations p on p.app = c.app and p.conversation = c.conversation and p.user_id = {user.Value}
        join entries e on e.conversation = cu.conversation and e.sequence = cu.sequence
        where cu.app = ct.app and cu.content = ct.content and c.app = ct.app
            and e.sequence >= c.tail and e.sequence <= {Visible.Head} and {Visible.Entry}
        """);
}
