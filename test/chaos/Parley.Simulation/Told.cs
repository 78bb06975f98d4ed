using Parley.Chaos;
using Parley.Client;

namespace Parley.Simulation;

/// <summary>What a device was told, by one program after the other.</summary>
internal sealed class ToldDevice(UserId user, string name, Ledger ledger, List<CursorSeen> cursors, List<ToldRun> runs)
{
    private readonly HashSet<(MessageId Message, UserId By, ReceiptStep Step)> _receipts = [];
    private readonly Dictionary<ConversationId, Sequence> _told = [];
    private IReadOnlyDictionary<ConversationId, KeptPosition> _positions = new Dictionary<ConversationId, KeptPosition>();

    public UserId User => user;

    public string Name => name;

    /// <summary>A program is about to start, with this on the disk.</summary>
    public void Begins(IReadOnlyDictionary<ConversationId, KeptPosition> positions)
    {
        _positions = positions;
        foreach (var (conversation, position) in positions)
        {
            if (_told.TryGetValue(conversation, out var last))
                ledger.Examine(11, position.Told is not { } told || told <= last, () => $"{this} keeps that it was told of {conversation} up to {position.Told}, and it was up to {last}");
        }
    }

    public ToldRun Begin(string run)
    {
        var told = new ToldRun(this, run, cursors);
        runs.Add(told);
        return told;
    }

    /// <summary>A program is told an entry: the first of a conversation is the one after where the disk says that the device was.</summary>
    public void Hears(LogEntry entry, Sequence? before)
    {
        if ((before ?? _positions.GetValueOrDefault(entry.Conversation)?.Told) is { } place)
            ledger.Examine(4, entry.Sequence == place.Next, () => $"{this} was told {entry.Sequence} of {entry.Conversation} after {place}");
        _told[entry.Conversation] = entry.Sequence > _told.GetValueOrDefault(entry.Conversation) ? entry.Sequence : _told[entry.Conversation];
    }

    /// <summary>A program begins at a place: only where the disk knows of none.</summary>
    public void Starts(ConversationId conversation, Sequence at)
    {
        ledger.Examine(11, PlaceIn(conversation) is null, () => $"{this} begins {conversation} at {at}, and the disk has {PlaceIn(conversation)}");
        _told[conversation] = at;
    }

    /// <summary>A program is told how far a message got: no program of this device was told so before (G14).</summary>
    public void Hears(ReceiptTold receipt) => ledger.Examine(
        14, _receipts.Add((receipt.Message.Message, receipt.User, receipt.Step)), () => $"{this} was told twice that {receipt.Message.Message} was {receipt.Step} by {receipt.User}");

    /// <summary>Where it is, when it was told nothing by the program that runs.</summary>
    public Sequence? PlaceIn(ConversationId conversation) => _positions.GetValueOrDefault(conversation)?.Told;

    public override string ToString() => $"{user}:{name}";
}

/// <summary>What one run of a program was told.</summary>
internal sealed class ToldRun(ToldDevice device, string name, List<CursorSeen> cursors)
{
    private readonly Dictionary<ConversationId, List<LogEntry>> _entries = [];
    private readonly UserId _observer = new($"{device.User}:{name}");

    public ToldDevice Device => device;

    public UserId User => device.User;

    public IReadOnlyList<LogEntry> EntriesOf(ConversationId conversation) => _entries.GetValueOrDefault(conversation) ?? [];

    public Sequence? LastOf(ConversationId conversation) => EntriesOf(conversation) is [.., var last] ? last.Sequence : null;

    /// <summary>Whether nothing is missing up to a head. What was delivered before a device was told anything is not told to it.</summary>
    public bool IsAt(ConversationId conversation, Sequence head) => (LastOf(conversation) ?? device.PlaceIn(conversation)) is not { } last || last == head;

    public void Hear(Happening happening, out LogEntry? told, out EntryOrigin origin)
    {
        (told, origin) = (null, default);
        switch (happening)
        {
            case Happening.Entry(var entry, var whose):
                (told, origin) = (entry, whose);
                device.Hears(entry, LastOf(entry.Conversation));
                if (!_entries.TryGetValue(entry.Conversation, out var entries)) _entries[entry.Conversation] = entries = [];
                entries.Add(entry);
                break;
            case Happening.Started(var conversation, var at):
                device.Starts(conversation, at);
                break;
            case Happening.Receipt(_, var receipt, _):
                device.Hears(receipt);
                break;
            case Happening.Cursors(var moved):
                cursors.Add(new CursorSeen(CursorSource.Told, _observer, moved.Conversation, moved.User, moved.DeliveredUpTo.Value, moved.ReadUpTo.Value));
                break;
        }
    }
}
