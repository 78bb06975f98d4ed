namespace Parley.Chaos;

/// <summary>Judges a <see cref="History"/>. Pure: the same history gets the same judgement.</summary>
internal static class Checker
{
    public static Judgement Check(History history)
    {
        var findings = new Findings();
        var places = history.Log.SelectMany(log => log.Value.Select(entry => (Conversation: log.Key, Entry: entry)))
            .Where(place => place.Entry.Text is not null)
            .ToLookup(place => (place.Conversation, place.Entry.Message), place => place.Entry);
        var attempts = history.Attempts.ToDictionary(attempt => (attempt.Conversation, attempt.Message));

        foreach (var (conversation, log) in history.Log) Dense(conversation, log, findings);
        Invented(history, attempts, findings);
        foreach (var attempt in history.Attempts) Kept(attempt, [.. places[(attempt.Conversation, attempt.Message)]], findings);
        foreach (var group in history.Attempts.GroupBy(attempt => attempt.Conversation)) InRealTime(group.Key, [.. group], places, findings);
        foreach (var group in history.Attempts.GroupBy(attempt => (attempt.Conversation, attempt.Sender))) InSendersOrder(group, places, findings);
        foreach (var stream in history.Streams) Pushes(stream, history.Log.GetValueOrDefault(stream.Conversation) ?? [], findings);
        foreach (var timeline in history.Timelines) Complete(timeline, history.Log.GetValueOrDefault(timeline.Conversation) ?? [], findings);
        OwnWrites(history, findings);
        ReceiptChecker.Check(history, findings);
        return findings.Judge();
    }

    private static void Dense(ConversationId conversation, IReadOnlyList<Entry> log, Findings findings)
    {
        for (var at = 0; at < log.Count; at++)
        {
            var (entry, belongs) = (log[at], at + 1);
            findings.Examine(Promise.OneOrder, entry.Sequence == belongs, () => $"{conversation} has {entry.Sequence} where {belongs} belongs");
            if (at == 0) continue;
            var before = log[at - 1];
            findings.Examine(Promise.OneOrder, entry.At >= before.At, () => $"{conversation} {entry.Sequence} is {before.At - entry.At} ms older than the entry before it");
        }
    }

    private static void Invented(History history, Dictionary<(ConversationId, MessageId), Attempt> attempts, Findings findings)
    {
        foreach (var (conversation, entries) in history.Log)
        {
            foreach (var entry in entries.Where(entry => entry.Text is not null))
            {
                var attempt = attempts.GetValueOrDefault((conversation, entry.Message));
                findings.Examine(Promise.NothingInvented, attempt is not null, () => $"{conversation} {entry.Sequence} is {entry.Message}, which nobody sent");
                if (attempt is null) continue;
                findings.Examine(Promise.AcknowledgedIsKept, attempt.Sender == entry.Sender && attempt.Text == entry.Text,
                    () => $"{conversation} {entry.Sequence} is {entry.Message}, changed");
            }
        }
    }

    private static void Kept(Attempt attempt, IReadOnlyList<Entry> found, Findings findings)
    {
        findings.Examine(Promise.OnceOnly, found.Count <= 1,
            () => $"{attempt.Message} is there {found.Count} times: {string.Join(", ", found.Select(entry => entry.Sequence))}");
        foreach (var answer in attempt.Answers)
        {
            findings.Examine(Promise.AcknowledgedIsKept, found.Count > 0, () => $"{attempt.Message}, acknowledged at {answer.Sequence}, is lost");
            if (found.Count == 0) continue;
            findings.Examine(Promise.OneOrder, found.Any(entry => entry.Sequence == answer.Sequence),
                () => $"{attempt.Message}, acknowledged at {answer.Sequence}, is at {found[0].Sequence}");
        }

        var wrong = attempt.Ending switch
        {
            Ending.Open => "was never settled",
            Ending.Refused => "was refused for good",
            Ending.Fenced when found.Count > 0 => $"was fenced and is at {found[0].Sequence}",
            Ending.TurnedAway when found.Count > 0 => $"was turned away and is at {found[0].Sequence}",
            Ending.Fenced when attempt.LateCopyTaken => "was fenced, and a late copy was taken",
            Ending.Acknowledged or Ending.Landed when attempt.Answers.Count == 0 => "ended without an answer",
            _ => null,
        };
        findings.Examine(Promise.Settled, wrong is null, () => $"{attempt.Message} of {attempt.Sender} {wrong}");
    }

    private static void InRealTime(
        ConversationId conversation, IReadOnlyList<Attempt> attempts, ILookup<(ConversationId, MessageId), Entry> places, Findings findings)
    {
        var acknowledged = attempts.SelectMany(attempt => attempt.Answers).OrderBy(answer => answer.At).ToList();
        var (next, newest) = (0, 0L);
        foreach (var attempt in attempts.OrderBy(attempt => attempt.InvokedAt))
        {
            for (; next < acknowledged.Count && acknowledged[next].At < attempt.InvokedAt; next++) newest = Math.Max(newest, acknowledged[next].Sequence);
            var before = newest;
            foreach (var entry in places[(conversation, attempt.Message)])
                findings.Examine(Promise.RealTimeOrder, entry.Sequence > before, () => $"{attempt.Message} is at {entry.Sequence}, and {before} was acknowledged before it was sent");
        }
    }

    private static void InSendersOrder(IEnumerable<Attempt> attempts, ILookup<(ConversationId, MessageId), Entry> places, Findings findings)
    {
        var newest = 0L;
        foreach (var attempt in attempts.Where(attempt => !attempt.Deferred).OrderBy(attempt => attempt.Order))
        {
            if (places[(attempt.Conversation, attempt.Message)].FirstOrDefault() is not { } entry) continue;
            var before = newest;
            findings.Examine(Promise.SenderOrder, entry.Sequence >= before,
                () => $"{attempt.Message}, number {attempt.Order} of {attempt.Sender}, is at {entry.Sequence}, behind it {before}");
            newest = Math.Max(newest, entry.Sequence);
        }
    }

    private static void Pushes(PushStream stream, IReadOnlyList<Entry> log, Findings findings)
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

            var known = item.Sequence >= 1 && item.Sequence <= log.Count;
            findings.Examine(Promise.OneOrder, known, () => $"{Where(item.Sequence)}: beyond the log");
            if (known) findings.Examine(Promise.OneOrder, log[(int)item.Sequence - 1].Message == item.Message, () => $"{Where(item.Sequence)}: another message than in the log");
            if (item.How == Told.Answered) continue;

            // The subscription may be older than the head that the session was told.
            if (first && item.Sequence <= last) last = item.Sequence - 1;
            first = false;
            var before = last;
            findings.Examine(Promise.PushesInOrder, item.Sequence > before, () => $"{Where(item.Sequence)}: after {before}");
            for (var missing = before + 1; missing < item.Sequence && missing <= log.Count; missing++)
            {
                var absent = missing;
                findings.Examine(Promise.PushesInOrder, absent <= leftOutUpTo || answered.Contains(absent), () => $"{Where(item.Sequence)}: {absent} is missing before it");
            }

            last = Math.Max(last, item.Sequence);
        }
    }

    private static void Complete(Timeline timeline, IReadOnlyList<Entry> log, Findings findings)
    {
        findings.Examine(Promise.CatchUpComplete, timeline.Entries.Count == log.Count,
            () => $"{timeline.Reader} ends with {timeline.Entries.Count} of {log.Count} entries of {timeline.Conversation}");
        foreach (var (seen, kept) in timeline.Entries.Zip(log))
            findings.Examine(Promise.OneOrder, seen == kept, () => $"{timeline.Reader} sees {seen} in {timeline.Conversation}, the log has {kept}");
    }

    private static void OwnWrites(History history, Findings findings)
    {
        var sent = history.Attempts.ToLookup(attempt => (attempt.Sender, attempt.Conversation), attempt => attempt.Answers);
        foreach (var reads in history.Pages.GroupBy(page => (page.Reader, page.Conversation)))
        {
            var acknowledged = sent[reads.Key].SelectMany(answers => answers).OrderBy(answer => answer.At).ToList();
            var (next, newest) = (0, 0L);
            foreach (var page in reads.OrderBy(page => page.InvokedAt))
            {
                for (; next < acknowledged.Count && acknowledged[next].At < page.InvokedAt; next++) newest = Math.Max(newest, acknowledged[next].Sequence);
                if (newest == 0) continue;
                var own = newest;
                findings.Examine(Promise.OwnWritesAreRead, page.Head >= own,
                    () => $"{page.Reader} read {page.Conversation} up to its head {page.Head}, and his own {own} had been acknowledged");
            }
        }
    }
}
