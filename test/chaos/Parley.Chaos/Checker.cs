namespace Parley.Chaos;

/// <summary>Judges a <see cref="History"/>. Pure: the same history gets the same verdict.</summary>
internal static class Checker
{
    /// <summary>Every promise that was broken; empty when all were kept.</summary>
    public static IReadOnlyList<Violation> Check(History history)
    {
        var places = history.Log.SelectMany(log => log.Value.Select(entry => (Conversation: log.Key, Entry: entry)))
            .Where(place => place.Entry.Text is not null)
            .ToLookup(place => (place.Conversation, place.Entry.Message), place => place.Entry);
        var attempts = history.Attempts.ToDictionary(attempt => (attempt.Conversation, attempt.Message));
        return
        [
            .. Dense(history),
            .. Invented(history, attempts),
            .. history.Attempts.SelectMany(attempt => Kept(attempt, [.. places[(attempt.Conversation, attempt.Message)]])),
            .. history.Attempts.GroupBy(attempt => attempt.Conversation).SelectMany(group => InRealTime(group.Key, [.. group], places)),
            .. history.Attempts.GroupBy(attempt => (attempt.Conversation, attempt.Sender)).SelectMany(group => InSendersOrder(group, places)),
            .. history.Streams.SelectMany(stream => Pushes(stream, history.Log.GetValueOrDefault(stream.Conversation) ?? [])),
            .. history.Timelines.SelectMany(timeline => Complete(timeline, history.Log.GetValueOrDefault(timeline.Conversation) ?? [])),
        ];
    }

    private static IEnumerable<Violation> Dense(History history) =>
        from log in history.Log
        from at in Enumerable.Range(0, log.Value.Count)
        where log.Value[at].Sequence != at + 1
        select new Violation(Promise.OneOrder, $"{log.Key} has {log.Value[at].Sequence} where {at + 1} belongs");

    private static IEnumerable<Violation> Invented(History history, Dictionary<(ConversationId, MessageId), Attempt> attempts)
    {
        foreach (var (conversation, entries) in history.Log)
        {
            foreach (var entry in entries.Where(entry => entry.Text is not null))
            {
                if (!attempts.TryGetValue((conversation, entry.Message), out var attempt))
                    yield return new Violation(Promise.NothingInvented, $"{conversation} {entry.Sequence} is {entry.Message}, which nobody sent");
                else if (attempt.Sender != entry.Sender || attempt.Text != entry.Text)
                    yield return new Violation(Promise.AcknowledgedIsKept, $"{conversation} {entry.Sequence} is {entry.Message}, changed");
            }
        }
    }

    private static IEnumerable<Violation> Kept(Attempt attempt, IReadOnlyList<Entry> found)
    {
        if (found.Count > 1)
            yield return new Violation(Promise.OnceOnly, $"{attempt.Message} is there {found.Count} times: {string.Join(", ", found.Select(entry => entry.Sequence))}");
        foreach (var answer in attempt.Answers)
        {
            if (found.Count == 0) yield return new Violation(Promise.AcknowledgedIsKept, $"{attempt.Message}, acknowledged at {answer.Sequence}, is lost");
            else if (found.All(entry => entry.Sequence != answer.Sequence))
                yield return new Violation(Promise.OneOrder, $"{attempt.Message}, acknowledged at {answer.Sequence}, is at {found[0].Sequence}");
        }

        var wrong = attempt.Ending switch
        {
            Ending.Open => "was never settled",
            Ending.Refused => "was refused for good",
            Ending.Fenced when found.Count > 0 => $"was fenced and is at {found[0].Sequence}",
            Ending.Fenced when attempt.LateCopyTaken => "was fenced, and a late copy was taken",
            Ending.Acknowledged or Ending.Landed when attempt.Answers.Count == 0 => "ended without an answer",
            _ => null,
        };
        if (wrong is not null) yield return new Violation(Promise.Settled, $"{attempt.Message} of {attempt.Sender} {wrong}");
    }

    private static IEnumerable<Violation> InRealTime(
        ConversationId conversation, IReadOnlyList<Attempt> attempts, ILookup<(ConversationId, MessageId), Entry> places)
    {
        var acknowledged = attempts.SelectMany(attempt => attempt.Answers).OrderBy(answer => answer.At).ToList();
        var (next, newest) = (0, 0L);
        foreach (var attempt in attempts.OrderBy(attempt => attempt.InvokedAt))
        {
            for (; next < acknowledged.Count && acknowledged[next].At < attempt.InvokedAt; next++) newest = Math.Max(newest, acknowledged[next].Sequence);
            foreach (var entry in places[(conversation, attempt.Message)].Where(entry => entry.Sequence <= newest))
                yield return new Violation(Promise.RealTimeOrder, $"{attempt.Message} is at {entry.Sequence}, and {newest} was acknowledged before it was sent");
        }
    }

    private static IEnumerable<Violation> InSendersOrder(IEnumerable<Attempt> attempts, ILookup<(ConversationId, MessageId), Entry> places)
    {
        var before = 0L;
        foreach (var attempt in attempts.Where(attempt => !attempt.Deferred).OrderBy(attempt => attempt.Order))
        {
            if (places[(attempt.Conversation, attempt.Message)].FirstOrDefault() is not { } entry) continue;
            if (entry.Sequence < before)
                yield return new Violation(Promise.SenderOrder, $"{attempt.Message}, number {attempt.Order} of {attempt.Sender}, is at {entry.Sequence}, behind it {before}");
            before = Math.Max(before, entry.Sequence);
        }
    }

    private static IEnumerable<Violation> Pushes(PushStream stream, IReadOnlyList<Entry> log)
    {
        string Where(long sequence) => $"connection {stream.Connection} of {stream.Reader}, {stream.Conversation} {sequence}";

        var answered = stream.Items.Where(item => item.How == Told.Answered).Select(item => item.Sequence).ToHashSet();
        var (last, leftOutUpTo) = (stream.HeadAtOpen, 0L);
        var first = true;
        foreach (var item in stream.Items)
        {
            if (item.How == Told.Head)
            {
                leftOutUpTo = Math.Max(leftOutUpTo, item.Sequence);
                continue;
            }

            if (item.Sequence < 1 || item.Sequence > log.Count) yield return new Violation(Promise.OneOrder, $"{Where(item.Sequence)}: beyond the log");
            else if (log[(int)item.Sequence - 1].Message != item.Message) yield return new Violation(Promise.OneOrder, $"{Where(item.Sequence)}: another message than in the log");
            if (item.How == Told.Answered) continue;

            // The subscription may be older than the head that the session was told.
            if (first && item.Sequence <= last) last = item.Sequence - 1;
            first = false;
            if (item.Sequence <= last) yield return new Violation(Promise.PushesInOrder, $"{Where(item.Sequence)}: after {last}");
            for (var missing = last + 1; missing < item.Sequence; missing++)
            {
                if (missing > leftOutUpTo && !answered.Contains(missing)) yield return new Violation(Promise.PushesInOrder, $"{Where(item.Sequence)}: {missing} is missing before it");
            }

            last = Math.Max(last, item.Sequence);
        }
    }

    private static IEnumerable<Violation> Complete(Timeline timeline, IReadOnlyList<Entry> log)
    {
        if (timeline.Entries.Count != log.Count)
            yield return new Violation(Promise.CatchUpComplete, $"{timeline.Reader} ends with {timeline.Entries.Count} of {log.Count} entries of {timeline.Conversation}");
        foreach (var (seen, kept) in timeline.Entries.Zip(log))
        {
            if (seen != kept) yield return new Violation(Promise.OneOrder, $"{timeline.Reader} sees {seen} in {timeline.Conversation}, the log has {kept}");
        }
    }
}
