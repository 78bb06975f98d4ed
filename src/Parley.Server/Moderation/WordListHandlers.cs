using System.Diagnostics;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Moderation;

/// <summary><c>moderation.putList</c>, <c>.getList</c>, <c>.lists</c> and <c>.deleteList</c>. To be asked with an API key only.</summary>
internal sealed class WordListsHandler(Database database, Journal journal, WriteAdmission admission, WordListCache cache, TimeProvider clock)
{
    public void Handle(PlatformCaller caller, PutWordList command, Origin origin)
    {
        var configured = cache.InConfiguration(caller.App).ToList();
        var compiled = WordListRules.Compile(command.Name, command.Action, command.Words, command.Patterns ?? []);
        if ((compiled.Refusal ?? Configured(configured, command.Name) ?? admission.CheckGrowth(pending: 0, long.MaxValue)) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var list = new StoredList(command.Name, Guid.NewGuid(), command.Action, command.Words, command.Patterns ?? [], clock.Now());
        journal.Post(new WordListItem(origin, async (session, cancel) =>
            await WordListStore.PutAsync(session, caller.App, list, PutWordList.MaxLists - configured.Count, cancel) is { } full ? full : list,
            stored => FinishAsync(caller.App, () => origin.Answer(stored!.Told, ProtocolJson.Lenient.WordList))));
    }

    public void Handle(PlatformCaller caller, DeleteWordList command, Origin origin)
    {
        if ((Configured(cache.InConfiguration(caller.App), command.Name) ?? admission.Check(pending: 0)) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        IReadOnlyList<StoredList> left = [];
        journal.Post(new WordListItem(origin, async (session, cancel) =>
        {
            if (await WordListStore.FindAsync(session, caller.App, command.Name, cancel) is not { } list) return Refusals.NotFound;
            await WordListStore.DeleteAsync(session, caller.App, command.Name, cancel);
            left = await WordListStore.ReadAsync(session, caller.App, cancel);
            return list;
        }, _ => FinishAsync(caller.App, () => Answer(caller.App, left, origin))));
    }

    public async Task HandleAsync(PlatformCaller caller, GetWordList query, Origin origin, CancellationToken cancel)
    {
        var list = cache.InConfiguration(caller.App).FirstOrDefault(one => one.Name == query.Name);
        if (list is null)
        {
            await using var session = await database.OpenReaderAsync(cancel);
            list = (await WordListStore.FindAsync(session, caller.App, query.Name, cancel))?.Told;
        }

        if (list is null) origin.Refuse(Refusals.NotFound);
        else origin.Answer(list, ProtocolJson.Lenient.WordList);
    }

    public async Task HandleAsync(PlatformCaller caller, ListWordLists query, Origin origin, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        Answer(caller.App, await WordListStore.ReadAsync(session, caller.App, cancel), origin);
    }

    private static Refusal? Configured(IEnumerable<WordList> configured, string name) =>
        configured.Any(list => list.Name == name) ? Refusals.PermissionDenied.Because("$.name: this list stands in the server's configuration, and changes only there") : null;

    private void Answer(AppId app, IReadOnlyList<StoredList> stored, Origin origin) =>
        origin.Answer(
            new WordLists(
            [
                .. cache.InConfiguration(app).Concat(stored.Select(list => list.Told)).OrderBy(list => list.Name, StringComparer.Ordinal)
                    .Select(list => new WordListSummary(list.Name, list.Action, list.Words.Count, list.Patterns?.Count ?? 0, list.Source, list.UpdatedAt)),
            ]), ProtocolJson.Lenient.WordLists);

    /// <summary>Answers when this node goes by it. Compiling many words would keep the journal waiting.</summary>
    private async Task FinishAsync(AppId app, Action answer)
    {
        await Task.Run(() => cache.TryReloadAsync(app));
        answer();
    }
}

/// <summary>Changes a list of words.</summary>
/// <param name="origin">Who is answered when it is not changed.</param>
/// <param name="change">Writes; safe to run again.</param>
/// <param name="changed">Answers.</param>
internal sealed class WordListItem(Origin origin, Func<Session, CancellationToken, ValueTask<Outcome<StoredList>>> change, Func<StoredList?, Task> changed) : JournalItem
{
    private Outcome<StoredList> _outcome;

    public override JournalLane Lane => JournalLane.Alone;

    public override IEnumerable<ActivityContext> Causes => [origin.Trace];

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        var before = _outcome.Value;
        _outcome = await change(session, cancel);
        // Run again after an unknown commit, a deletion finds its own work done.
        if (before is not null && _outcome.Refusal == Refusals.NotFound) _outcome = before;
    }

    public override void Committed()
    {
        if (_outcome.Refusal is { } refusal) origin.Refuse(refusal);
        else _ = changed(_outcome.Value);
    }

    public override void Failed(StorageException failure) => origin.Refuse(failure.Refusal);
}

/// <summary>Lets no conversation be called by what the lists do not let pass.</summary>
internal static class Titles
{
    public static Refusal? Check(this WordListCache cache, AppId app, CreateConversation command) =>
        cache.Of(app) is { IsEmpty: false } screen
            ? screen.CheckTitle(command.Title, "$.title") ?? screen.CheckTitle(command.Settings?.Description, "$.settings.description")
                ?? screen.CheckTitle(command.Settings?.Announcement, "$.settings.announcement")
            : null;

    public static Refusal? Check(this WordListCache cache, AppId app, UpdateConversation command) =>
        cache.Of(app) is { IsEmpty: false } screen
            ? screen.CheckTitle(command.Title, "$.title") ?? screen.CheckTitle(command.Description, "$.description") ?? screen.CheckTitle(command.Announcement, "$.announcement")
            : null;
}
