using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Moderation;

/// <summary>What stands between a message that is in order and the log: first the lists of words, then whoever the app has asked.</summary>
/// <remarks>
/// It decides nothing before the rules do. What it says goes into the log with the request, and counts only if the rules let the message be recorded and its id stands for
/// nothing: so a stranger learns nothing by it, and a retry gets its first answer whatever has become of the lists.
/// </remarks>
internal sealed class Moderator(WordListCache lists, Interceptors interceptors, ConversationLog log, ConversationStore store, Func<Draft, string?, Origin, Origin> holding)
{
    /// <summary>How often a message that is forwarded is looked at, when it is edited each time meanwhile.</summary>
    public const int MaxLooks = 3;

    /// <summary>Whether messages of the app go to the log as they come.</summary>
    public bool IsIdle(AppId app) => lists.Of(app).IsEmpty && !interceptors.Any(app);

    /// <summary>Takes a message; its origin is answered later.</summary>
    /// <param name="draft">The message.</param>
    /// <param name="check">Whether content is in order.</param>
    /// <param name="origin">Who is answered.</param>
    public void Record(Draft draft, Func<MessageContent, Refusal?> check, Origin origin)
    {
        var (screened, moderated) = Screen(draft);
        if (IsSaid(draft.Key.App, moderated)) log.Record(screened.Append(moderated, origin));
        else log.RecordAfter(draft.Key, origin, async record => record(await AskAsync(screened, moderated, check, origin)));
    }

    /// <summary>Takes a forward; its origin is answered later. The message that is forwarded is read first, and looked at as what its forwarder says here.</summary>
    /// <remarks>The log reads it once more. What was edited in between nobody has looked at: that is done again, and what the same connection asks of the conversation waits for it.</remarks>
    /// <param name="draft">The forward, of which nothing was read.</param>
    /// <param name="check">Whether content is in order.</param>
    /// <param name="origin">Who is answered.</param>
    public void Record(ForwardDraft draft, Func<MessageContent, Refusal?> check, Origin origin) => log.RecordAfter(draft.Key, origin, async record =>
    {
        for (var look = 1; ; look++)
        {
            var looking = new LookingOrigin(origin, isLast: look == MaxLooks);
            try
            {
                record(await LookAsync(draft, check, looking));
            }
            catch (Exception exception)
            {
                origin.Refuse(log.Explain(exception));
                return;
            }

            if (!await looking.IsOutdated) return;
        }
    });

    private async Task<LogRequest> LookAsync(ForwardDraft unread, Func<MessageContent, Refusal?> check, Origin origin)
    {
        var (app, command) = (unread.Key.App, unread.Command);
        var original = await store.ReadForwardAsync(new UserKey(app, unread.Sender), new MessageToForward(command.From, command.Original), CancellationToken.None);
        if (original is null or { Sent.Recalled: true }) return (unread with { Look = ForwardLook.Nothing }).Append(null, origin);
        var draft = unread.Of(original);
        if (draft.Fault(draft.Content) is { } fault) return draft.Append(new Moderated(fault, []), origin);
        var (screened, moderated) = Screen(draft);
        return IsSaid(app, moderated) ? screened.Append(moderated, origin) : await AskAsync(screened, moderated, check, origin);
    }

    /// <summary>What the lists make of a message, and say of it.</summary>
    private (Draft Draft, Moderated? Moderated) Screen(Draft draft)
    {
        if (lists.Of(draft.Key.App).Check(draft.Content, draft.Notification) is not { } screened) return (draft, null);
        ModerationMetrics.Found(screened);
        return screened.Refusal is { } filtered
            ? (draft, new Moderated(draft.Told(filtered), []))
            : (draft.With(screened.Content, screened.Notification), new Moderated(null, screened.Flags));
    }

    /// <summary>Whether all is said of a message after the lists. Nobody is asked about what is refused anyhow.</summary>
    private bool IsSaid(AppId app, Moderated? moderated) => moderated?.Refusal is not null || !interceptors.Any(app);

    /// <summary>What may be told of a message that is recorded nowhere, now; or why it is not. It can be neither reported nor held: there is nothing to come back to.</summary>
    public async ValueTask<Outcome<MessageContent>> CheckAsync(Draft draft, Func<MessageContent, Refusal?> check)
    {
        var (screened, moderated) = Screen(draft);
        if (moderated?.Refusal is { } filtered) return filtered;
        if (!interceptors.Any(draft.Key.App)) return screened.Content;
        var said = await AskAsync(screened, check);
        if (said.Refusal is null) return said.Content;
        return said.Refusal == Refusals.Held ? Refusals.Intercepted.Because("what nothing keeps is not held") : said.Refusal;
    }

    private async Task<LogRequest> AskAsync(Draft draft, Moderated? moderated, Func<MessageContent, Refusal?> check, Origin origin)
    {
        var said = await AskAsync(draft, check);
        if (!ReferenceEquals(said.Content, draft.Content)) draft = draft.With(said.Content, draft.Notification);
        if (said.Refusal is null) return draft.Append(moderated, origin);
        var told = said.Refusal == Refusals.Held ? holding(draft, said.Reason, origin) : origin;
        return draft.Append(new Moderated(said.Refusal, moderated?.Flags ?? []), told);
    }

    private Task<Intercepted> AskAsync(Draft draft, Func<MessageContent, Refusal?> check)
    {
        var message = new InterceptedMessage(interceptors.NameOf(draft.Key.App), draft.Step, draft.Key.Conversation, draft.Message, draft.Sender, draft.Content)
        {
            ReplyTo = draft.ReplyTo,
            Forwarded = draft.Forwarded,
            Request = draft.Request,
        };
        return interceptors.AskAsync(draft.Key.App, message, check);
    }
}
