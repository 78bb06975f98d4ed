using Parley.Storage;

namespace Parley.Conversations;

/// <summary>What a user sees of a log, as a part of the statement that reads it: <c>p</c> is his participation, <c>c</c> the conversation.</summary>
internal static class Visible
{
    /// <summary>Whether he may read. Leaving keeps this one permission, so it holds for a former participant too.</summary>
    public static Sql Any => Sql.From($"((p.permissions & {(int)Permissions.Read}) <> 0)");

    /// <summary>The newest sequence he may read: of somebody who left that of his leaving, and none without the permission.</summary>
    public static Sql Head => Sql.From($"(case when not {Any} then 0 when p.left_at is null then c.head else p.left_at end)");
}
