namespace Parley.Tests.Conversations;

/// <summary>docs/protocol/permissions.md, which says who may do what: it is written by hand and read by the tests, so that nothing is computed from the rules that it is about.</summary>
internal static class PermissionPage
{
    public const string Path = "docs/protocol/permissions.md";

    /// <summary>In a row for all operations that have none of their own.</summary>
    public const string Others = "everything else";

    /// <summary>In a cell for what another table says.</summary>
    public const string AsOtherwise = "as otherwise";

    private static readonly string Text = Checkout.Files.Single(file => file.Path == Path).Text;

    /// <summary>The roles, and their permissions as JSON has them.</summary>
    public static IReadOnlyList<(string Role, Permissions Permissions)> Roles { get; } =
    [
        .. Rows("Roles").Select(cells => (cells[0], cells[1].Split(' ').Aggregate(
            Permissions.None, (all, name) => all | Enum.Parse<Permissions>(name, ignoreCase: true)))),
    ];

    public static PermissionTable InGroup { get; } = Table("In a group or a broadcast");

    /// <summary>As in a group, where this has no row.</summary>
    public static PermissionTable InRoom { get; } = Table("In a room");

    /// <summary>Of all that says something to everybody, a row for each state.</summary>
    public static PermissionTable States { get; } = Table("Muted, allowed, archived, blocked");

    public static PermissionTable OutOfGroup { get; } = Table("Not in a group or a broadcast");

    public static PermissionTable OutOfRoom { get; } = Table("Not in a room");

    public static PermissionTable Direct { get; } = Table("In a direct conversation");

    /// <summary>Of all that says something in a direct conversation, a row for each state.</summary>
    public static PermissionTable DirectStates { get; } = Table("Blocked, muted, archived: in a direct conversation");

    /// <summary>Of saying elsewhere what was said in it, a row for each state that makes a difference.</summary>
    public static PermissionTable OutOfIt { get; } = Table("Forwarded out of it");

    public static PermissionTable Deleted { get; } = Table("Deleted");

    /// <summary>What a suspension makes of all other tables, a column for each way in.</summary>
    public static PermissionTable Suspended { get; } = Table("Suspended");

    private static PermissionTable Table(string section)
    {
        var (head, rows) = (Lines(section)[0], Rows(section));
        return new PermissionTable(head[1..], rows.ToDictionary(cells => cells[0], cells => (IReadOnlyList<string>)cells[1..]));
    }

    /// <summary>The rows of a section's table, without head and rule; every row as long as the head.</summary>
    private static string[][] Rows(string section)
    {
        var lines = Lines(section);
        Assert.All(lines, cells => Assert.Equal(lines[0].Length, cells.Length));
        return lines[2..];
    }

    private static string[][] Lines(string section)
    {
        var within = Text.Split($"\n## {section}\n")[1].Split("\n## ")[0];
        return
        [
            .. from line in within.Split('\n')
               where line.StartsWith('|')
               select line.Replace("`", "", StringComparison.Ordinal).Trim('|').Split('|').Select(cell => cell.Trim()).ToArray(),
        ];
    }
}

/// <summary>A table of the page.</summary>
/// <param name="Columns">Who.</param>
/// <param name="Rows">What, and what each of them is answered.</param>
internal sealed record PermissionTable(IReadOnlyList<string> Columns, IReadOnlyDictionary<string, IReadOnlyList<string>> Rows)
{
    /// <summary>Asked, and done.</summary>
    public const string Yes = "yes";

    /// <summary>Cannot be asked.</summary>
    public const string Never = "–";

    /// <summary>What stands in a cell, as a code; null where neither the row is there nor one for all others.</summary>
    public string? Find(string row, string column)
    {
        if (!Rows.TryGetValue(row, out var cells) && !Rows.TryGetValue(PermissionPage.Others, out cells)) return null;
        var index = 0;
        while (Columns[index] != column) index++;
        var cell = cells[index];
        return cell == "no" ? "permission_denied" : cell;
    }
}
