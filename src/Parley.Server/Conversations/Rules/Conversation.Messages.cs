namespace Parley.Conversations;

/// <summary>Sending, and what may become of a message afterwards.</summary>
internal sealed partial record Conversation
{
    /// <summary>Sends. Who is muted may not, whatever else holds; of a muted conversation only the allowed and who looks after it (B13).</summary>
    public Outcome<Decision> Send(UserId sender, MessageSent sent, DateTimeOffset now)
    {
        if (MaySend(sender, now) is { } refusal) return refusal;
        if (sent.ReplyTo is { } answered && Messages[(answered, sender)] is null) return Refusals.MessageNotFound.Because("$.replyTo: no such message in this conversation");
        var filled = StoredContent.Fill(sent.Content, Contents, sent.Message.Value);
        if (filled.Value is not { } content) return filled.Refusal!;
        return new Decision(ReferenceEquals(content, sent.Content) ? sent : sent with { Content = content }, [Known[sender]]);
    }

    /// <summary>Sends what another message says, as it says it now. A forward of a forward names the first.</summary>
    /// <param name="sender">Who forwards.</param>
    /// <param name="message">The id of his message.</param>
    /// <param name="forward">The other message.</param>
    /// <param name="look">What somebody looked at; null when nobody did.</param>
    /// <param name="now">When.</param>
    public Outcome<Decision> Forward(UserId sender, MessageId message, MessageToForward forward, ForwardLook? look, DateTimeOffset now)
    {
        if (MaySend(sender, now) is { } refusal) return refusal;
        if (Forwards[forward] is not { } found) return Refusals.MessageNotFound.Because("$.original: no such message in that conversation");
        if (found.Sent.Recalled) return Refusals.MessageRecalled;
        if (look?.Version is { } version && version != found.Sent.Version) return ForwardLook.Outdated;
        var filled = look?.Content is { } seen ? StoredContent.Fill(seen, Contents, message.Value) : found.Content;
        if (filled.Value is not { } content) return filled.Refusal!;
        return new Decision(new MessageSent(message, sender, content, Forwarded: found.Source), [Known[sender]]);
    }

    /// <summary>Replaces what a message says: one's own, or with <see cref="Permissions.EditAny"/> anybody's. To say something new by it takes what it takes to send.</summary>
    public Outcome<Decision> Edit(UserId actor, EditMessage edit, MessageLimits limits, DateTimeOffset now)
    {
        var by = Known[actor];
        if ((Lacks(by, Permissions.None) ?? by.Person.CannotSend(now)) is { } gone) return gone;
        // Whose it is goes only to who may read it; and who is told that there is no such message takes it for gone.
        if ((Silenced(by, now) ?? Lacks(by, Permissions.Read)) is { } silenced) return silenced;
        if (Find(edit.Message, actor) is not { } found) return NoMessage;
        if (Lacks(by, found.Sender == actor ? Permissions.EditOwn : Permissions.EditAny) is { } refusal) return refusal;
        if (found.IsRecalled) return Refusals.MessageRecalled;
        if (found.Kinds == ContentKinds.Command) return Refusals.UnsupportedContent.Because("a command is over when it was received");
        if (found.Version >= limits.Edits) return Refusals.EditLimit.Because($"{limits.Edits} times");
        if (limits.EditWithin is { } time && now - found.At > time) return Refusals.TooLate.Because($"editing ends {time} after sending");
        var filled = StoredContent.Fill(edit.Content, Contents, edit.CommandId.Value);
        if (filled.Value is not { } content) return filled.Refusal!;
        return new Decision(new MessageEdited(actor, edit.Message, found.Sequence, found.Version + 1, content), [by]) { Target = found };
    }

    /// <summary>Takes a message back from everybody: one's own within a time, or with <see cref="Permissions.RemoveAny"/> anybody's whenever.</summary>
    /// <remarks>A mute does not keep anybody from it: it says nothing.</remarks>
    public Outcome<Decision> Recall(UserId actor, MessageId message, MessageLimits limits, RecallForce force, DateTimeOffset now)
    {
        var by = Known[actor];
        if (Lacks(by, Permissions.Read) is { } gone) return gone;
        if (Find(message, actor) is not { } found) return NoMessage;
        var mayAny = by.Permissions.HasFlag(Permissions.RemoveAny);
        if (!mayAny && Lacks(by, found.Sender == actor ? Permissions.RemoveOwn : Permissions.RemoveAny) is { } refusal) return refusal;
        if (found.IsRecalled) return Refusals.Unchanged;
        if (force == RecallForce.None)
        {
            if (limits.RecallWithin is not { } time) return Refusals.RecallDisabled;
            if (!mayAny && now - found.At > time) return Refusals.TooLate.Because($"recalling ends {time} after sending");
        }

        return new Decision(new MessageRecalled(actor, message, found.Sequence), [by]) { Target = found };
    }

    private static Refusal NoMessage => Refusals.MessageNotFound.Because("$.message: no such message in this conversation");

    private KnownMessage? Find(MessageId message, UserId user) => Messages[(message, user)];
}

/// <summary>A message as the rules see it.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="At">When it was sent.</param>
/// <param name="Sender">By whom.</param>
/// <param name="Kinds">What it consists of.</param>
/// <param name="Version">How often it was edited.</param>
/// <param name="IsRecalled">Whether it was taken back.</param>
internal sealed record KnownMessage(Sequence Sequence, DateTimeOffset At, UserId Sender, ContentKinds Kinds, int Version, bool IsRecalled);

/// <summary>Which message is to be forwarded. Each request has its own, which equals no other: what is read for one is read for no other, also not for the same one asked again, for by then the message may say something else.</summary>
/// <param name="from">Where it is.</param>
/// <param name="original">Its id.</param>
internal sealed class MessageToForward(ConversationId from, MessageId original)
{
    public ConversationId From => from;

    public MessageId Original => original;
}

/// <summary>A message to be forwarded as it is, and when it was sent.</summary>
internal sealed record ForwardedContent(MessageSent Sent, DateTimeOffset At)
{
    /// <summary>What a forward of it says. Who was addressed there is not addressed here.</summary>
    public MessageContent Content => Sent.Content with { Mentions = null };

    /// <summary>Where a forward of it comes from.</summary>
    public ForwardedFrom Source => Sent.Forwarded ?? new ForwardedFrom(Sent.Message, Sent.Sender, At);
}

/// <summary>What somebody looked at before a message is forwarded.</summary>
/// <param name="Version">Of the message, as it was then; null where it does not matter what it says by now.</param>
/// <param name="Content">What a forward says of it.</param>
internal sealed record ForwardLook(int? Version, MessageContent? Content)
{
    /// <summary>There was no such message for who forwards. If there is one now, nobody has looked at it.</summary>
    public static readonly ForwardLook Nothing = new(-1, null);

    /// <summary>What to say where the message is another than the one that was looked at, as often as somebody looks.</summary>
    public static readonly Refusal Outdated = Refusals.ModerationUnavailable.Because("$.original: it was changed while it was looked at");
}

/// <summary>How long, and how often, an app lets messages be changed.</summary>
/// <param name="Edits">How often a message is edited at most.</param>
/// <param name="EditWithin">How long after sending; null for ever.</param>
/// <param name="RecallWithin">How long after sending its sender may take it back; null when nobody may take anything back.</param>
internal sealed record MessageLimits(int Edits, TimeSpan? EditWithin, TimeSpan? RecallWithin);

/// <summary>Whether limits count for a recall.</summary>
internal enum RecallForce
{
    /// <summary>They do.</summary>
    None,

    /// <summary>They do not: the app's backend asks.</summary>
    Platform,
}
