using System.Data.Common;
using System.Text.Json;
using Parley.People;
using Parley.Storage;

namespace Parley.Moderation;

/// <summary>The SQL of the lists of words that backends put.</summary>
internal static class WordListStore
{
    /// <summary>Which lists there are, and which version of each.</summary>
    public static async ValueTask<List<(AppId App, string Name, Guid Version)>> VersionsAsync(Session session, CancellationToken cancel) =>
        await session.QueryAsync($"select app, name, version from word_lists", row => (new AppId(row.GetInt32(0)), row.GetString(1), row.Uuid(2)), cancel);

    /// <summary>The lists of an app, in the order of their names.</summary>
    public static async ValueTask<List<StoredList>> ReadAsync(Session session, AppId app, CancellationToken cancel)
    {
        var lists = await session.QueryAsync(
            $"select name, version, action, words, patterns, updated_at from word_lists where app = {app.Number}", Read, cancel);
        return [.. lists.OrderBy(list => list.Name, StringComparer.Ordinal)];
    }

    public static async ValueTask<StoredList?> FindAsync(Session session, AppId app, string name, CancellationToken cancel)
    {
        var lists = await session.QueryAsync(
            $"select name, version, action, words, patterns, updated_at from word_lists where app = {app.Number} and name = {name}", Read, cancel);
        return lists is [var list] ? list : null;
    }

    /// <summary>Puts a list; null, or the refusal when there are as many as may be.</summary>
    public static async ValueTask<Refusal?> PutAsync(Session session, AppId app, StoredList list, int atMost, CancellationToken cancel)
    {
        // One at a time per app, so that the number is true.
        await ProfileStore.HoldAliasesAsync(session, app, cancel);
        var others = await session.QueryAsync($"select count(*) from word_lists where app = {app.Number} and name <> {list.Name}", row => row.GetInt64(0), cancel);
        if (others[0] >= atMost) return Refusals.TooLarge.Because($"at most {PutWordList.MaxLists} lists");
        await session.ExecuteAsync($"""
            insert into word_lists (app, name, version, action, words, patterns, updated_at)
            values ({app.Number}, {list.Name}, {list.Version}, {(int)list.Action}, {Json(list.Words)}, {Json(list.Patterns)}, {list.UpdatedAt.ToUnixTimeMilliseconds()})
            on conflict (app, name) do update set version = excluded.version, action = excluded.action, words = excluded.words, patterns = excluded.patterns,
                updated_at = excluded.updated_at
            """, cancel);
        return null;
    }

    /// <summary>Whether there was such a list.</summary>
    public static async ValueTask<bool> DeleteAsync(Session session, AppId app, string name, CancellationToken cancel) =>
        await session.ExecuteAsync($"delete from word_lists where app = {app.Number} and name = {name}", cancel) > 0;

    private static StoredList Read(DbDataReader row) =>
        new(row.GetString(0), row.Uuid(1), (WordAction)row.GetInt32(2), Texts(row.GetString(3)), Texts(row.GetString(4)), row.Time(5));

    private static string Json(IReadOnlyList<string> texts) => JsonSerializer.Serialize(texts, ProtocolJson.Lenient.IReadOnlyListString);

    private static IReadOnlyList<string> Texts(string json) => JsonSerializer.Deserialize(json, ProtocolJson.Lenient.IReadOnlyListString)!;
}

/// <summary>A list as it is kept.</summary>
internal sealed record StoredList(string Name, Guid Version, WordAction Action, IReadOnlyList<string> Words, IReadOnlyList<string> Patterns, DateTimeOffset UpdatedAt)
{
    public WordList Told => new(Name, Action, Words, WordListSource.Platform, Patterns.Count == 0 ? null : Patterns, UpdatedAt);
}
