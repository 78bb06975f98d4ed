namespace Parley.Conversations;

/// <summary>Sending, and what may become of a message afterwards.</summary>
internal sealed partial record Conversation
{
    /// <summary>Sends. Who is muted may not, whatever else holds; of a muted conversation only the allowed and who looks after it (B13).</summary>
    public Outcome<Decision> Send(UserId sender, MessageSent sent, DateTimeOffset now)
    {
        if (MaySend(sender, now) is { } refusal) return refusal;
        if (sent.ReplyTo is { } answered && Messages[(answered, sender)] is null) return Refusals.NotFound.Because("$.replyTo: no such message in this conversation");
        var filled = StoredContent.Fill(sent.Content, Contents, sent.Message.Value);
        if (filled.Value is not { } content) return filled.Refusal!;
        return new Decision(ReferenceEquals(content, sent.Content) ? sent : sent with { Content = content }, [Known[sender]]);
    }

    /// <summary>Sends what another message says, as it says it now. A forward of a forward names the first.</summary>
    public Outcome<Decision> Forward(UserId sender, MessageId message, DateTimeOffset now)
    {
        if (MaySend(sender, now) is { } refusal) return refusal;
        if (Forwards[message] is not { } found) return Refusals.NotFound.Because("$.original: no such message in that conversation");
        if (found.Sent.Recalled) return Refusals.MessageRecalled;
        // Who was addressed there is not addressed here.
        return new Decision(
            new MessageSent(message, sender, found.Sent.Content with { Mentions = null }, Forwarded: found.Sent.Forwarded ?? new ForwardedFrom(found.Sent.Message, found.Sent.Sender, found.At)),
            [Known[sender]]);
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

    private static Refusal NoMessage => Refusals.NotFound.Because("$.message: no such message in this conversation");

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

/// <summary>Which message is to be forwarded.</summary>
/// <param name="As">The id of the message that forwards it. What is read for one is read for no other: by then it may say something else.</param>
/// <param name="From">Where it is.</param>
/// <param name="Original">Its id.</param>
internal sealed record MessageToForward(MessageId As, ConversationId From, MessageId Original);

/// <summary>What a message to be forwarded says, and when it was sent.</summary>
internal sealed record ForwardedContent(MessageSent Sent, DateTimeOffset At);

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
