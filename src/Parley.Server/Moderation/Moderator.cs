using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Moderation;

/// <summary>What stands between a message that is in order and the log: first the lists of words, then whoever the app has asked.</summary>
/// <remarks>
/// It decides nothing before the rules do. What it says goes into the log with the request, and counts only if the rules let the message be recorded and its id stands for
/// nothing: so a stranger learns nothing by it, and a retry gets its first answer whatever has become of the lists.
/// </remarks>
internal sealed class Moderator(WordListCache lists, Interceptors interceptors, ConversationLog log, Func<Draft, string?, Origin, Origin> holding)
{
    /// <summary>Whether messages of the app go to the log as they come.</summary>
    public bool IsIdle(AppId app) => lists.Of(app).IsEmpty && !interceptors.Any(app);

    /// <summary>Takes a message; its origin is answered later.</summary>
    /// <param name="draft">The message.</param>
    /// <param name="check">Whether content is in order.</param>
    /// <param name="origin">Who is answered.</param>
    public void Record(Draft draft, Func<MessageContent, Refusal?> check, Origin origin)
    {
        Moderated? moderated = null;
        if (lists.Of(draft.Key.App).Check(draft.Content, draft.Notification) is { } screened)
        {
            ModerationMetrics.Found(screened);
            draft = screened.Refusal is null ? draft.With(screened.Content, screened.Notification) : draft;
            moderated = new Moderated(screened.Refusal, screened.Flags);
        }

        // Nobody is asked about what is refused anyhow.
        if (moderated?.Refusal is not null || !interceptors.Any(draft.Key.App)) log.Record(draft.Append(moderated, origin));
        else log.RecordAfter(draft.Key, origin, () => AskAsync(draft, moderated, check, origin));
    }

    /// <summary>What may be told of a message that is recorded nowhere, now; or why it is not. It can be neither reported nor held: there is nothing to come back to.</summary>
    public async ValueTask<Outcome<MessageContent>> CheckAsync(ConversationKey key, UserId sender, SendOnline command, Func<MessageContent, Refusal?> check)
    {
        var content = command.Content;
        if (lists.Of(key.App).Check(content, null) is { } screened)
        {
            ModerationMetrics.Found(screened);
            if (screened.Refusal is { } filtered) return filtered;
            content = screened.Content;
        }

        if (!interceptors.Any(key.App)) return content;
        var said = await interceptors.AskAsync(key.App, new InterceptedMessage(interceptors.NameOf(key.App), MessageStep.Send, key.Conversation, command.Message, sender, content), check);
        if (said.Refusal is null) return said.Content;
        return said.Refusal == Refusals.Held ? Refusals.Intercepted.Because("what nothing keeps is not held") : said.Refusal;
    }

    private async Task<LogRequest> AskAsync(Draft draft, Moderated? moderated, Func<MessageContent, Refusal?> check, Origin origin)
    {
        var message = new InterceptedMessage(interceptors.NameOf(draft.Key.App), draft.Step, draft.Key.Conversation, draft.Message, draft.Sender, draft.Content)
        {
            ReplyTo = draft.ReplyTo,
            Request = draft.Request,
        };
        var said = await interceptors.AskAsync(draft.Key.App, message, check);
        if (!ReferenceEquals(said.Content, draft.Content)) draft = draft.With(said.Content, draft.Notification);
        if (said.Refusal is null) return draft.Append(moderated, origin);
        var told = said.Refusal == Refusals.Held ? holding(draft, said.Reason, origin) : origin;
        return draft.Append(new Moderated(said.Refusal, moderated?.Flags ?? []), told);
    }
}
