namespace Parley.Chaos;

/// <summary>Every <see cref="Mutant"/> there is: dropped, doubled, swapped, changed and relabelled, in everything a history consists of.</summary>
internal static class Mutants
{
    public static IReadOnlyList<Mutant> All { get; } =
    [
        new("a message is dropped from the log, and a hole is left", Promise.AcknowledgedIsKept, InLog((log, at, _) => log.RemoveAt(at))),
        new("a message is dropped from the log, and the hole is closed", Promise.AcknowledgedIsKept, InLog((log, at, _) =>
        {
            log.RemoveAt(at);
            for (var i = at; i < log.Count; i++) log[i] = log[i] with { Sequence = i + 1 };
        })),
        new("the end of a log is cut off", Promise.AcknowledgedIsKept, InLog((log, at, _) => log.RemoveRange(at, log.Count - at))),
        new("a message is in the log twice", Promise.OnceOnly, InLog((log, at, _) => log.Add(log[at] with { Sequence = log.Count + 1, At = log[^1].At }))),
        new("two entries of a log are swapped", Promise.OneOrder, InLog((log, at, random) =>
        {
            var other = (at + random.Next(1, log.Count)) % log.Count;
            (log[at], log[other]) = (log[other] with { Sequence = at + 1 }, log[at] with { Sequence = other + 1 });
        })),
        new("a text in the log is changed", Promise.AcknowledgedIsKept, InLog((log, at, _) => log[at] = log[at] with { Text = log[at].Text + " " })),
        new("a sender in the log is changed", Promise.AcknowledgedIsKept, InLog((log, at, _) => log[at] = log[at] with { Sender = new UserId("mallory") })),
        new("an entry is older than the one before it", Promise.OneOrder, InLog((log, at, _) => log[at] = log[at] with { At = log[at - 1].At - 1 })),
        new("a message that nobody sent is in the log", Promise.NothingInvented, InLog((log, at, _) =>
            log.Add(log[at] with { Sequence = log.Count + 1, At = log[^1].At, Message = MessageId.New() }))),
        new("the log of a conversation is missing", Promise.AcknowledgedIsKept, (history, random) =>
            Any(history.Log.Where(log => log.Value.Any(entry => entry.Text is not null)), random) is { Value: not null } forgotten
                ? history with { Log = history.Log.Where(log => log.Key != forgotten.Key).ToDictionary(log => log.Key, log => log.Value) }
                : null),

        new("what was fenced is called acknowledged", Promise.AcknowledgedIsKept, InAttempts(
            (attempt, _) => attempt.Ending == Ending.Fenced, attempt => attempt with { Ending = Ending.Acknowledged, Answers = [new Answer(2, attempt.InvokedAt + 1)] })),
        new("what was acknowledged is called fenced", Promise.Settled, InAttempts(IsAcknowledged, attempt => attempt with { Ending = Ending.Fenced })),
        new("what was acknowledged is called open", Promise.Settled, InAttempts(IsAcknowledged, attempt => attempt with { Ending = Ending.Open })),
        new("what was acknowledged is called refused", Promise.Settled, InAttempts(IsAcknowledged, attempt => attempt with { Ending = Ending.Refused })),
        new("a late copy of what was fenced is taken", Promise.Settled, InAttempts((attempt, _) => attempt.Ending == Ending.Fenced, attempt => attempt with { LateCopyTaken = true })),
        new("an answer names another place", Promise.OneOrder, InAttempts(IsAcknowledged,
            attempt => attempt with { Answers = [attempt.Answers[0] with { Sequence = attempt.Answers[0].Sequence + 1 }, .. attempt.Answers.Skip(1)] })),
        new("a second answer names another place than the first", Promise.OneOrder, InAttempts(IsAcknowledged,
            attempt => attempt with { Answers = [.. attempt.Answers, attempt.Answers[0] with { Sequence = attempt.Answers[0].Sequence - 1 }] })),
        new("a message precedes one that was acknowledged before it was sent", Promise.RealTimeOrder, (history, random) =>
        {
            var newest = history.Attempts.Where(IsAcknowledged).GroupBy(attempt => attempt.Conversation)
                .ToDictionary(group => group.Key, group => group.MaxBy(attempt => attempt.Answers[0].Sequence)!.Answers[0]);
            return InAttempts((attempt, _) => IsAcknowledged(attempt) && attempt.Answers[0].Sequence < newest[attempt.Conversation].Sequence,
                attempt => attempt with { InvokedAt = newest[attempt.Conversation].At + 1 })(history, random);
        }),
        new("a sender's messages are in another order than he sent them", Promise.SenderOrder, (history, random) =>
        {
            var last = history.Attempts.Where(attempt => IsAcknowledged(attempt) && !attempt.Deferred).GroupBy(attempt => (attempt.Conversation, attempt.Sender))
                .ToDictionary(group => group.Key, group => group.Max(attempt => attempt.Order));
            return InAttempts((attempt, _) => IsAcknowledged(attempt) && !attempt.Deferred && attempt.Order < last[(attempt.Conversation, attempt.Sender)],
                attempt => attempt with { Order = last[(attempt.Conversation, attempt.Sender)] + 1 })(history, random);
        }),
        new("a message is forgotten by who sent it", Promise.NothingInvented, (history, random) =>
            Any(history.Attempts.Where(IsAcknowledged), random) is { } forgotten ? history with { Attempts = [.. history.Attempts.Where(attempt => attempt != forgotten)] } : null),

        new("a push is dropped", Promise.PushesInOrder, InStreams((items, at) => items.RemoveAt(at))),
        new("a push comes twice", Promise.PushesInOrder, InStreams((items, at) => items.Insert(at, items[at]))),
        new("two pushes are swapped", Promise.PushesInOrder, InStreams((items, at) => (items[at], items[at + 1]) = (items[at + 1], items[at]))),
        new("a push is of another message", Promise.OneOrder, InStreams((items, at) => items[at] = items[at] with { Message = MessageId.New() })),
        new("a push is of what is not in the log", Promise.OneOrder, InStreams((items, at) => items[at] = items[at] with { Sequence = 1_000_000_000 })),

        new("a client misses the end", Promise.CatchUpComplete, InTimelines((entries, _) => entries.RemoveAt(entries.Count - 1))),
        new("a client misses an entry", Promise.CatchUpComplete, InTimelines((entries, at) => entries.RemoveAt(at))),
        new("a client sees an entry twice", Promise.CatchUpComplete, InTimelines((entries, at) => entries.Insert(at, entries[at]))),
        new("a client sees two entries swapped", Promise.OneOrder, InTimelines((entries, at) => (entries[at], entries[at - 1]) = (entries[at - 1], entries[at]))),
        new("a client sees another text", Promise.OneOrder, InTimelines((entries, at) => entries[at] = entries[at] with { Text = "something else" })),

        new("a read does not show what its reader had been acknowledged", Promise.OwnWritesAreRead, (history, random) =>
        {
            var first = history.Attempts.Where(IsAcknowledged).GroupBy(attempt => (attempt.Sender, attempt.Conversation))
                .ToDictionary(group => group.Key, group => group.Min(attempt => attempt.Answers[0].At));
            var pages = history.Pages.ToList();
            var after = Enumerable.Range(0, pages.Count).Where(i => first.TryGetValue((pages[i].Reader, pages[i].Conversation), out var at) && at < pages[i].InvokedAt).ToList();
            if (after.Count == 0) return null;
            var spoilt = after[random.Next(after.Count)];
            pages[spoilt] = pages[spoilt] with { Head = 0 };
            return history with { Pages = pages };
        }),

        new("a receipt goes back", Promise.ReceiptsMoveForward, InCursors((cursors, at) =>
            Enumerable.Range(0, at).Any(i => cursors[i] is { How: CursorSource.Told, Delivered: > 0 } && SameCursor(cursors[i], cursors[at]) && cursors[i].Observer == cursors[at].Observer)
                && cursors[at].How == CursorSource.Told,
            cursor => cursor with { Delivered = 0, Read = 0 })),
        new("a receipt is forgotten in the end", Promise.ReceiptsMoveForward, InCursors(
            (cursors, at) => cursors[at].How == CursorSource.Kept && cursors.Any(cursor => cursor is { How: CursorSource.Told, Delivered: > 0 } && SameCursor(cursor, cursors[at])),
            cursor => cursor with { Delivered = 0, Read = 0 })),
        new("a receipt says more than its user did", Promise.ReceiptsMoveForward, InCursors(
            (cursors, at) => cursors[at].How != CursorSource.Asked, cursor => cursor with { Delivered = 1_000_000_000 })),
        new("somebody has read what was not delivered to him", Promise.ReceiptsMoveForward, InCursors(
            (cursors, at) => cursors[at].How == CursorSource.Told, cursor => cursor with { Read = cursor.Delivered + 1 })),
    ];

    private static bool SameCursor(CursorSeen one, CursorSeen other) => (one.Conversation, one.User) == (other.Conversation, other.User);

    private static bool IsAcknowledged(Attempt attempt) => attempt is { Ending: Ending.Acknowledged, Answers.Count: > 0 };

    private static bool IsAcknowledged(Attempt attempt, History history) => IsAcknowledged(attempt);

    /// <summary>Spoils a log at a message that was acknowledged.</summary>
    private static Func<History, Random, History?> InLog(Action<List<Entry>, int, Random> spoil) => (history, random) =>
    {
        var acknowledged = history.Attempts.Where(IsAcknowledged).ToList();
        if (acknowledged.Count == 0) return null;
        var chosen = acknowledged[random.Next(acknowledged.Count)];
        var log = history.Log[chosen.Conversation].ToList();
        spoil(log, (int)chosen.Answers[0].Sequence - 1, random);
        return history with { Log = new Dictionary<ConversationId, IReadOnlyList<Entry>>(history.Log) { [chosen.Conversation] = log } };
    };

    private static Func<History, Random, History?> InAttempts(Func<Attempt, History, bool> suits, Func<Attempt, Attempt> spoil) => (history, random) =>
        Any(history.Attempts.Where(attempt => suits(attempt, history)), random) is { } chosen
            ? history with { Attempts = [.. history.Attempts.Select(attempt => ReferenceEquals(attempt, chosen) ? spoil(attempt) : attempt)] }
            : null;

    /// <summary>Spoils a stream at a push between two others, of which no <c>head</c> says that it may be missing.</summary>
    private static Func<History, Random, History?> InStreams(Action<List<Seen>, int> spoil) => (history, random) =>
    {
        var suitable = history.Streams.Where(stream => stream.Items.Count > 2 && stream.Items.All(item => item.How != Told.Head)).ToList();
        var places = suitable.SelectMany(stream => Enumerable.Range(1, stream.Items.Count - 2)
            .Where(at => stream.Items.Skip(at - 1).Take(3).All(item => item.How == Told.Pushed)).Take(20).Select(at => (Stream: stream, At: at))).ToList();
        if (places.Count == 0) return null;
        var (chosen, place) = places[random.Next(places.Count)];
        var items = chosen.Items.ToList();
        spoil(items, place);
        return history with { Streams = [.. history.Streams.Select(stream => ReferenceEquals(stream, chosen) ? stream with { Items = items } : stream)] };
    };

    private static Func<History, Random, History?> InTimelines(Action<List<Entry>, int> spoil) => (history, random) =>
    {
        if (Any(history.Timelines.Where(timeline => timeline.Entries.Count > 2), random) is not { } chosen) return null;
        var entries = chosen.Entries.ToList();
        spoil(entries, random.Next(1, entries.Count));
        return history with { Timelines = [.. history.Timelines.Select(timeline => ReferenceEquals(timeline, chosen) ? timeline with { Entries = entries } : timeline)] };
    };

    private static Func<History, Random, History?> InCursors(Func<IReadOnlyList<CursorSeen>, int, bool> suits, Func<CursorSeen, CursorSeen> spoil) => (history, random) =>
    {
        // Looked for from a place on that chance decides: there may be very many.
        var start = random.Next(history.Cursors.Count + 1);
        var chosen = Enumerable.Range(0, history.Cursors.Count).Select(i => (start + i) % history.Cursors.Count).Where(at => suits(history.Cursors, at)).Append(-1).First();
        return chosen < 0 ? null : history with { Cursors = [.. history.Cursors.Select((cursor, at) => at == chosen ? spoil(cursor) : cursor)] };
    };

    private static T? Any<T>(IEnumerable<T> all, Random random)
    {
        var list = all.ToList();
        return list.Count == 0 ? default : list[random.Next(list.Count)];
    }
}
