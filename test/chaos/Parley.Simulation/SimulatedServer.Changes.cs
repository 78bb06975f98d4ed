namespace Parley.Simulation;

/// <content>What is no new message: edits and recalls, and the one conversation that two people have.</content>
internal sealed partial class SimulatedServer
{
    private readonly Dictionary<ConversationId, ConversationId> _chosen = [];

    /// <summary>The conversation that somebody got who asked for one under an id; null while nobody did.</summary>
    public ConversationId? IdOf(ConversationId asked) => _chosen.TryGetValue(asked, out var got) ? got : _logs.ContainsKey(asked) ? asked : null;

    private void Add(SimulatedLog log)
    {
        _logs[log.Conversation] = log;
        log.Changed = ++_changes;
    }

    /// <summary>Null where there is none for that user.</summary>
    private SimulatedLog? LogOf(UserId user, ConversationId conversation) => _logs.TryGetValue(conversation, out var log) && log.Users.Contains(user) ? log : null;

    private Action Change(Write write, ConversationId conversation, CommandId command, MessageId message, MessageContent? content)
    {
        if (LogOf(write.User, conversation) is not { } log) return () => write.Answer(Refusals.NotFound);
        if (_mistake != PlantedMistake.ChangesTwice && log.Find(command) is { } made) return () => write.Answer(made);
        var changed = log.Change(command, write.User, message, content, _world.Clock);
        if (changed.Value is not { } entry) return () => write.Answer(changed.Refusal!);
        if (content is null && _mistake == PlantedMistake.ForgetsIdsOfRecalled) log.Forget(message);
        return Made(write, log, entry);
    }

    /// <summary>Two people have one direct conversation, whoever asks for it under whichever id, and however often.</summary>
    private Action Create(Write write, CreateConversation create)
    {
        UserId[] users = [write.User, create.Participants[0]];
        var had = _mistake == PlantedMistake.MakesSecondDirect
            ? LogOf(write.User, create.Conversation)
            : _logs.Values.FirstOrDefault(log => log.Kind == ConversationKind.Direct && users.All(log.Users.Contains));
        var log = had ?? new SimulatedLog(create.Conversation, ConversationKind.Direct, users, _world.Clock);
        _chosen[create.Conversation] = log.Conversation;
        var outcome = had is null || had.Conversation == create.Conversation ? CreationOutcome.Created : CreationOutcome.Existing;
        var state = StateOf(log, write.User);
        var answer = new ConversationCreatedAnswer(state, log.Entries[0], outcome);
        if (had is not null) return () => write.Answer(answer);
        Add(log);
        return Made(write, log, log.Entries[0], answer);
    }

    private static ConversationState StateOf(SimulatedLog log, UserId user)
    {
        const Permissions Ordinary = Permissions.Read | Permissions.Send;
        var people = log.Users.Select(other => new ParticipantState(other, Ordinary, log.Cursors[other].DeliveredUpTo, log.Cursors[other].ReadUpTo)).ToList();
        var own = new OwnParticipation(Ordinary, log.Cursors[user].DeliveredUpTo, log.Cursors[user].ReadUpTo);
        return new ConversationState(log.Conversation, log.Kind, null, log.Entries[0].At, 1, log.Head, new Sequence(1), Ordinary, log.Users.Count, people, own);
    }
}
