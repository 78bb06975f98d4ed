using Parley.Chaos;
using Parley.Client;
using Timeline = Parley.Chaos.Timeline;

namespace Parley.Simulation;

/// <summary>Writes down what was asked, answered and told in one life, for <see cref="Checker"/> to judge, and judges itself what is promised of the SDK alone.</summary>
internal sealed class Recorder(World world)
{
    private readonly List<Sending> _sendings = [];
    private readonly Dictionary<MessageId, Sending> _byId = [];
    private readonly List<ToldRun> _runs = [];
    private readonly List<CursorSeen> _cursors = [];
    private readonly List<PageSeen> _pages = [];

    /// <summary>What is wrong with what was told, and how often each promise was looked at: those that <see cref="Checker"/> does not know.</summary>
    public Ledger Ledger { get; } = new();

    public ToldDevice Device(UserId user, string name) => new(user, name, Ledger, _cursors, _runs);

    /// <summary>What a device shows without a connection is what the log has, up to where it was told.</summary>
    public void Kept(ToldDevice device, SimulatedLog log, IReadOnlyList<Piece> kept)
    {
        var (expected, place) = (log.Entries.Skip(log.Entries.Count - kept.Count).Select(entry => entry.Sequence).ToArray(), kept.Select(piece => piece.To).ToArray());
        Ledger.Examine(11, place.SequenceEqual(expected) && kept.All(piece => piece.Entry is { } entry && EntryOf(entry) == EntryOf(log.Entries[(int)entry.Sequence.Value - 1])),
            () => $"{device} keeps {string.Join(", ", place)} of {log.Conversation}, whose head is {log.Head}");
    }

    public void HandsIn(UserId sender, ConversationId conversation, MessageId id, string text, Task kept)
    {
        var sending = new Sending(sender, _sendings.Count, conversation, id, text, world.Now.Ticks, kept);
        _sendings.Add(sending);
        _byId[id] = sending;
    }

    /// <summary>The SDK says how a message ended; after a crash it may say so again.</summary>
    public void Reported(OutboxStep.Report report)
    {
        if (report.Item is not OutgoingMessage { Message: var message }) return;
        var sending = _byId[message];
        if (report.Result is SendResult.Recorded(var entry)) sending.Answers.Add(new Answer(entry.Sequence.Value, world.Now.Ticks));
        if (report.Result is SendResult.NotKept) sending.WasNotKept = true;
        Ending? ending = report.Result switch
        {
            SendResult.Recorded => Ending.Acknowledged,
            SendResult.NotSent => Ending.Fenced,
            SendResult.Refused => Ending.Refused,
            _ => null,
        };
        if (ending is { } said)
        {
            Ledger.Examine(9, sending.Ending is null || sending.Ending == said, () => $"{sending.Message} was said to be {sending.Ending}, and then {said}");
            sending.Ending = said;
        }
    }

    public void Asks(ConversationId conversation, UserId user, Sequence delivered, Sequence read) =>
        _cursors.Add(new CursorSeen(CursorSource.Asked, null, conversation, user, delivered.Value, read.Value));

    public void Looked(UserId reader, ConversationId conversation, TimeSpan asked, Sequence head) => _pages.Add(new PageSeen(reader, conversation, asked.Ticks, head.Value));

    /// <summary>All of it, when everything is at rest.</summary>
    public History Finish(SimulatedServer server)
    {
        var logs = server.Logs.ToDictionary(log => log.Conversation, log => (IReadOnlyList<Entry>)[.. log.Entries.Select(EntryOf)]);
        foreach (var log in server.Logs)
        {
            foreach (var (user, at) in log.Cursors) _cursors.Add(new CursorSeen(CursorSource.Kept, null, log.Conversation, user, at.DeliveredUpTo.Value, at.ReadUpTo.Value));
            foreach (var user in log.Users) Unread(log, user);
        }

        var timelines = from log in server.Logs
                        from user in log.Users
                        let told = _runs.Where(run => run.User == user).SelectMany(run => run.EntriesOf(log.Conversation)).DistinctBy(entry => entry.Sequence).OrderBy(entry => entry.Sequence.Value)
                        select new Timeline(user, log.Conversation, [.. told.Select(EntryOf)]);
        return new History([.. _sendings.Select(sending => AttemptOf(sending, logs[sending.Conversation])).OfType<Attempt>()], logs, [], [.. timelines], _pages, _cursors);
    }

    /// <summary>What is unread, by the SDK's fold of what it was told and by counting in the log, is the same.</summary>
    private void Unread(SimulatedLog log, UserId user)
    {
        var timeline = Client.Timeline.Empty(log.Conversation, user);
        foreach (var entry in _runs.Where(run => run.User == user).SelectMany(run => run.EntriesOf(log.Conversation)).DistinctBy(entry => entry.Sequence).OrderBy(entry => entry.Sequence.Value))
            timeline = timeline.Apply(entry).Timeline;
        var cursors = log.Cursors[user];
        timeline = timeline.Move(user, cursors.DeliveredUpTo, cursors.ReadUpTo);
        var counted = log.Entries.Count(entry => entry.Sequence > cursors.ReadUpTo && entry.Event is MessageSent sent && sent.Sender != user);
        Ledger.Examine(15, timeline.UnreadCount == counted, () => $"{user} counts {timeline.UnreadCount} unread in {log.Conversation}, and the log {counted}");
    }

    /// <summary>Null for what was handed in to a program that died before the store had it, and was never sent: it was promised to nobody.</summary>
    private Attempt? AttemptOf(Sending sending, IReadOnlyList<Entry> log)
    {
        var ending = sending.Ending ?? Ending.Open;
        var answers = sending.Answers;
        if (ending == Ending.Open && (!sending.Kept.IsCompletedSuccessfully || sending.WasNotKept))
        {
            if (log.FirstOrDefault(entry => entry.Message == sending.Message) is not { } found) return null;
            // Durable a moment before its program died, and nobody was left to be told.
            (ending, answers) = (Ending.Landed, [new Answer(found.Sequence, world.Now.Ticks)]);
        }

        return new Attempt(sending.Sender, sending.Order, sending.Conversation, sending.Message, sending.Text, sending.At, ending, answers);
    }

    private static Entry EntryOf(LogEntry entry) => entry.Event is MessageSent sent
        ? new Entry(entry.Sequence.Value, entry.At.ToUnixTimeMilliseconds(), sent.Message, sent.Sender, sent.Content.Parts[0].Body)
        : new Entry(entry.Sequence.Value, entry.At.ToUnixTimeMilliseconds(), default, null, null);

    private sealed class Sending(UserId sender, int order, ConversationId conversation, MessageId message, string text, long at, Task kept)
    {
        public UserId Sender => sender;

        public int Order => order;

        public ConversationId Conversation => conversation;

        public MessageId Message => message;

        public string Text => text;

        public long At => at;

        public Task Kept => kept;

        public bool WasNotKept { get; set; }

        public Ending? Ending { get; set; }

        public List<Answer> Answers { get; } = [];
    }
}

/// <summary>How often each promise was looked at, and what was broken.</summary>
internal sealed class Ledger
{
    private readonly List<string> _broken = [];
    private readonly SortedDictionary<int, long> _examined = [];

    public IReadOnlyList<string> Broken => _broken;

    public IReadOnlyDictionary<int, long> Examined => _examined;

    public void Examine(int promise, bool kept, Func<string> what)
    {
        _examined[promise] = _examined.GetValueOrDefault(promise) + 1;
        if (!kept) _broken.Add($"G{promise}: {what()}");
    }

    public void Add(Judgement judgement)
    {
        foreach (var (promise, times) in judgement.Examined) _examined[(int)promise] = _examined.GetValueOrDefault((int)promise) + times;
        foreach (var violation in judgement.Violations) _broken.Add(violation.ToString());
    }
}
