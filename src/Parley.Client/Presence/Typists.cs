namespace Parley.Client;

/// <summary>Who types where, as the client was told, and as a message or time has it since. Pure; called on the thread that tells the program.</summary>
/// <remarks>A signal may be dropped, so nobody types for ever: who is not heard of for <see cref="Decay"/> has stopped.</remarks>
internal sealed class Typists
{
    /// <summary>Longer than the server is silent about somebody who goes on, and than it takes to say that he stopped.</summary>
    public static readonly TimeSpan Decay = TimeSpan.FromSeconds(10);

    private readonly Dictionary<(ConversationId Conversation, UserId User), (TypingState State, TimeSpan At)> _typing = [];

    /// <summary>Whether nobody types.</summary>
    public bool IsEmpty => _typing.Count == 0;

    /// <summary>The server told something: the change, if it is one.</summary>
    public TypingChanged? Hear(TypingChanged told, TimeSpan now)
    {
        var who = (told.Conversation, told.User);
        if (told.State is TypingState.Stopped or TypingState.Unknown) return Stop(who);
        var known = _typing.TryGetValue(who, out var before) && before.State == told.State;
        _typing[who] = (told.State, now);
        return known ? null : told;
    }

    /// <summary>An entry came: who sent the message or is gone has stopped.</summary>
    public IReadOnlyList<TypingChanged> Hear(LogEntry entry)
    {
        if (IsEmpty) return [];
        IReadOnlyList<UserId> stopped = entry.Event switch
        {
            MessageSent sent => [sent.Sender],
            ParticipantLeft left => [left.Actor],
            ParticipantsRemoved removed => removed.Users,
            _ => [],
        };
        return [.. stopped.Select(user => Stop((entry.Conversation, user))).OfType<TypingChanged>()];
    }

    /// <summary>Those who have not been heard of for long.</summary>
    public IReadOnlyList<TypingChanged> Pass(TimeSpan now) =>
        [.. _typing.Where(one => now - one.Value.At >= Decay).Select(one => one.Key).ToArray().Select(Stop).OfType<TypingChanged>()];

    /// <summary>The connection is lost, and nobody would say that they stop.</summary>
    public IReadOnlyList<TypingChanged> Lose() => [.. _typing.Keys.ToArray().Select(Stop).OfType<TypingChanged>()];

    private TypingChanged? Stop((ConversationId Conversation, UserId User) who) =>
        _typing.Remove(who) ? new TypingChanged(who.Conversation, who.User, TypingState.Stopped) : null;
}
