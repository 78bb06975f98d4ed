using Parley.Chaos;
using Parley.Client;
using Timeline = Parley.Chaos.Timeline;

namespace Parley.Simulation;

/// <summary>Writes down what was asked, answered and told in one life, for <see cref="Checker"/> to judge, and judges itself what is promised of the SDK alone.</summary>
internal sealed class Recorder(World world)
{
    private readonly List<Sending> _sendings = [];
    private readonly Dictionary<MessageId, Sending> _byId = [];
    private readonly List<Changing> _changes = [];
    private readonly List<(ToldDevice Device, ConversationId Named, MessageId? Message, CommandId? Command)> _handedIn = [];
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
        Ledger.Examine(11, place.SequenceEqual(expected), () => $"{device} keeps {string.Join(", ", place)} of {log.Conversation}, whose head is {log.Head}");
        foreach (var entry in kept.Select(piece => piece.Entry).OfType<LogEntry>().Where(entry => entry.Event is MessageSent))
            Ledger.Examine(11, Shown(entry) == Shown(log.At(entry.Sequence)), () => $"{device} keeps {Shown(entry)} of {log.Conversation}, and the log has {Shown(log.At(entry.Sequence))}");
    }

    private static (Sequence, MessageId, UserId, string? Text, int Version, bool IsRecalled, long? EditedAt) Shown(LogEntry entry)
    {
        var sent = (MessageSent)entry.Event;
        return (entry.Sequence, sent.Message, sent.Sender, sent.Content.Parts is [var part] ? part.Body : null, sent.Version, sent.Recalled, sent.EditedAt?.ToUnixTimeMilliseconds());
    }

    public void HandsIn(ToldDevice device, ConversationId named, MessageId id, string text, Task kept)
    {
        var sending = new Sending(device.User, _sendings.Count, named, id, text, world.Now.Ticks, kept);
        _sendings.Add(sending);
        _byId[id] = sending;
        _handedIn.Add((device, named, id, null));
    }

    public void HandsIn(ToldDevice device, ConversationId named, CommandId command)
    {
        _changes.Add(new Changing(named, command));
        _handedIn.Add((device, named, null, command));
    }

    /// <summary>The SDK says how something ended; after a crash it may say so again.</summary>
    public void Reported(OutboxStep.Report report)
    {
        Ending? ending = report.Result switch
        {
            SendResult.Recorded or SendResult.Answered => Ending.Acknowledged,
            SendResult.NotSent => Ending.Fenced,
            // Its conversation was never made.
            SendResult.Refused(var refusal) when refusal == Refusals.NotFound => Ending.Fenced,
            SendResult.Refused => Ending.Refused,
            _ => null,
        };
        if (report.Item is OutgoingMessage { Message: var message })
        {
            var sending = _byId[message];
            if (report.Result is SendResult.Recorded(var entry)) sending.Answers.Add(new Answer(entry.Sequence.Value, world.Now.Ticks));
            if (report.Result is SendResult.NotKept) sending.WasNotKept = true;
            Ends(ending, sending);
        }
        else if (CommandOf(((OutgoingChange)report.Item).Change) is { } command)
        {
            Ends(ending, _changes.Find(change => change.Command == command)!);
        }
    }

    private void Ends(Ending? ending, Ended what)
    {
        if (ending is not { } said) return;
        Ledger.Examine(9, what.Ending is null || what.Ending == said, () => $"{what} was said to be {what.Ending}, and then {said}");
        what.Ending = said;
    }

    private static CommandId? CommandOf(Change change) => change.Request switch
    {
        EditMessage edit => edit.CommandId,
        RecallMessage recall => recall.CommandId,
        _ => null,
    };

    public void Asks(ConversationId conversation, UserId user, Sequence delivered, Sequence read) =>
        _cursors.Add(new CursorSeen(CursorSource.Asked, null, conversation, user, delivered.Value, read.Value));

    public void Looked(UserId reader, ConversationId conversation, TimeSpan asked, Sequence head) => _pages.Add(new PageSeen(reader, conversation, asked.Ticks, head.Value));

    /// <summary>All of it, when everything is at rest.</summary>
    public History Finish(SimulatedServer server)
    {
        var logs = server.Logs.ToDictionary(log => log.Conversation, log => (IReadOnlyList<Entry>)[.. log.Entries.Select(entry => EntryOf(log, entry))]);
        foreach (var log in server.Logs)
        {
            foreach (var (user, at) in log.Cursors) _cursors.Add(new CursorSeen(CursorSource.Kept, null, log.Conversation, user, at.DeliveredUpTo.Value, at.ReadUpTo.Value));
            foreach (var user in log.Users) Unread(log, user);
            foreach (var message in log.SentAfterRecall)
                Ledger.Examine(8, log.CountOf(message) == 1 && log.Find(message) is { Place: { } place } && log.At(place).Event is MessageSent { Recalled: true }, () => $"{message} was taken back and sent again, and is there again");
        }

        foreach (var pair in server.Logs.Where(log => log.Kind == ConversationKind.Direct).GroupBy(log => string.Join(" and ", log.Users.Select(user => user.Value).Order(StringComparer.Ordinal))))
            Ledger.Examine(7, pair.Count() == 1, () => $"{pair.Key} have {pair.Count()} direct conversations");
        foreach (var change in _changes) Judge(change, server);
        InOrder(server);

        var timelines = from log in server.Logs
                        from user in log.Users
                        let told = _runs.Where(run => run.User == user).SelectMany(run => run.EntriesOf(log.Conversation)).DistinctBy(entry => entry.Sequence).OrderBy(entry => entry.Sequence.Value)
                        select new Timeline(user, log.Conversation, [.. told.Select(entry => EntryOf(log, entry))]);
        return new History([.. _sendings.Select(sending => AttemptOf(sending, server, logs)).OfType<Attempt>()], logs, [], [.. timelines], _pages, _cursors);
    }

    /// <summary>It was made once where that was said, not at all where that was said, and never twice.</summary>
    private void Judge(Changing change, SimulatedServer server)
    {
        var times = LogOf(server, change.Named)?.CountOf(change.Command) ?? 0;
        Ledger.Examine(7, times <= 1, () => $"{change} was made {times} times");
        if (change.Ending is { } ending) Ledger.Examine(9, times > 0 == (ending == Ending.Acknowledged), () => $"{change} was said to be {ending}, and was made {times} times");
    }

    /// <summary>What was handed in to a device for a conversation is on the log in that order, whatever it is.</summary>
    private void InOrder(SimulatedServer server)
    {
        foreach (var lane in _handedIn.GroupBy(item => (item.Device, item.Named)))
        {
            if (LogOf(server, lane.Key.Named) is not { } log) continue;
            var last = Sequence.None;
            foreach (var (_, _, message, command) in lane)
            {
                if ((message is { } sent ? log.Find(sent)?.Place : log.Find(command!.Value)?.Sequence) is not { } place) continue;
                Ledger.Examine(6, place > last, () => $"what {lane.Key.Device} handed in is at {place}, behind it {last}");
                last = place;
            }
        }
    }

    private static SimulatedLog? LogOf(SimulatedServer server, ConversationId named) => server.IdOf(named) is { } id ? server.Logs.First(log => log.Conversation == id) : null;

    /// <summary>What is unread, by the SDK's fold of what it was told and by counting in the log, is the same.</summary>
    private void Unread(SimulatedLog log, UserId user)
    {
        var timeline = Client.Timeline.Empty(log.Conversation, user);
        foreach (var entry in _runs.Where(run => run.User == user).SelectMany(run => run.EntriesOf(log.Conversation)).DistinctBy(entry => entry.Sequence).OrderBy(entry => entry.Sequence.Value))
            timeline = timeline.Apply(entry).Timeline;
        var cursors = log.Cursors[user];
        timeline = timeline.Move(user, cursors.DeliveredUpTo, cursors.ReadUpTo);
        var counted = log.Entries.Count(entry => entry.Sequence > cursors.ReadUpTo && entry.Event is MessageSent { Recalled: false } sent && sent.Sender != user);
        Ledger.Examine(15, timeline.UnreadCount == counted, () => $"{user} counts {timeline.UnreadCount} unread in {log.Conversation}, and the log {counted}");
    }

    /// <summary>Null for what was promised to nobody: handed in to a program that died before the store had it, and never sent; or for a conversation that was never made.</summary>
    private Attempt? AttemptOf(Sending sending, SimulatedServer server, Dictionary<ConversationId, IReadOnlyList<Entry>> logs)
    {
        var ending = sending.Ending ?? Ending.Open;
        var answers = sending.Answers;
        var isLost = ending == Ending.Open && (!sending.Kept.IsCompletedSuccessfully || sending.WasNotKept);
        if (server.IdOf(sending.Named) is not { } conversation)
        {
            Ledger.Examine(9, ending != Ending.Acknowledged, () => $"{sending} is {ending}, and its conversation was never made");
            return null;
        }

        if (isLost)
        {
            if (logs[conversation].FirstOrDefault(entry => entry.Message == sending.Message) is not { } found) return null;
            // Durable a moment before its program died, and nobody was left to be told.
            (ending, answers) = (Ending.Landed, [new Answer(found.Sequence, world.Now.Ticks)]);
        }

        return new Attempt(sending.Sender, sending.Order, conversation, sending.Message, sending.Text, sending.At, ending, answers);
    }

    /// <summary>With what a message said first: what it says is what it said in the version that it has.</summary>
    private Entry EntryOf(SimulatedLog log, LogEntry entry)
    {
        if (entry.Event is not MessageSent sent) return new Entry(entry.Sequence.Value, entry.At.ToUnixTimeMilliseconds(), default, null, null);
        var (said, text) = (log.Said(sent.Message), sent.Recalled ? null : SimulatedLog.TextOf(sent.Content));
        var isRight = text is null ? sent.Content.Parts.Count == 0 : sent.Version < said.Count && said[sent.Version] == text;
        Ledger.Examine(2, isRight, () => $"{sent.Message} says {text} in version {sent.Version}, and said {string.Join(", ", said)}");
        return new Entry(entry.Sequence.Value, entry.At.ToUnixTimeMilliseconds(), sent.Message, sent.Sender, isRight ? said[0] : text);
    }

    /// <summary>Something that was handed in, and how it ended.</summary>
    private abstract class Ended(ConversationId named)
    {
        /// <summary>Of the conversation, as the program called it.</summary>
        public ConversationId Named => named;

        public Ending? Ending { get; set; }
    }

    private sealed class Changing(ConversationId named, CommandId command) : Ended(named)
    {
        public CommandId Command => command;

        public override string ToString() => $"change {command}";
    }

    private sealed class Sending(UserId sender, int order, ConversationId named, MessageId message, string text, long at, Task kept) : Ended(named)
    {
        public UserId Sender => sender;

        public int Order => order;

        public MessageId Message => message;

        public string Text => text;

        public long At => at;

        public Task Kept => kept;

        public bool WasNotKept { get; set; }

        public List<Answer> Answers { get; } = [];

        public override string ToString() => $"{message}";
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
