using System.Diagnostics;
using System.Text.Json;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Moderation;
using Parley.People;
using Parley.Presence;
using Parley.Storage;

namespace Parley.Messages;

/// <summary><c>message.sendTo</c>: one message into the direct conversation with each of several users.</summary>
/// <remarks>
/// Each goes into its conversation's queue like any other, and nobody waits for another. Whom an alias means is read first, and conversations that are missing are created, so what the same connection
/// asks meanwhile may come before it; what was asked before comes before.
/// </remarks>
internal sealed class SendToHandler(
    ConversationLog log, Moderator moderator, RequestDigest digest, PeopleReader people, Typists typists, Func<AppId, MessagePolicy> policies, Func<AppId, AppOptions> options)
{
    private readonly Action<ConversationKey, UserId> _recorded = typists.Sent;

    public void Handle(Caller caller, SendToMany command, Origin origin)
    {
        var policy = policies(caller.App);
        var refusal = policy.Closed ?? Recipients.Check(command.Recipients) ?? ContentRules.Check(command.Content, policy.Types) ?? ContentRules.Check(command.Notification) ?? log.Closed();
        if (refusal is not null) origin.Refuse(refusal);
        else _ = SendAsync(caller, command, origin);
    }

    private async Task SendAsync(Caller caller, SendToMany command, Origin origin)
    {
        SentToMany answer;
        try
        {
            var recipients = await Recipients.FindAsync(people, options(caller.App), caller.Key, command.Recipients, CancellationToken.None);
            var meant = recipients.Meant;
            if (TooLarge(command.Content, meant) is { } refusal)
            {
                origin.Refuse(refusal);
                return;
            }

            var (directs, named) = (await people.DirectsAsync(caller.Key, meant, CancellationToken.None), digest.Of(command));
            var outcomes = await Task.WhenAll(meant.Select(async user => (User: user, Outcome: await SendAsync(user, directs.TryGetValue(user, out var known) ? known : null))));
            answer = recipients.Answer(outcomes.ToDictionary(one => one.User, one => one.Outcome));

            async Task<SendOutcome> SendAsync(UserId user, ConversationId? known)
            {
                if (known is null)
                {
                    var created = await CreateAsync(caller, user, origin.Trace);
                    if (created.Refusal is { } not) return new SendOutcome(not);
                    known = created.Conversation;
                }

                var (key, sent) = (new ConversationKey(caller.App, known!.Value), new SentOrigin(origin.Trace));
                var send = new SendMessage(known.Value, command.Message, command.Content, Notification: command.Notification);
                var draft = new SendDraft(key, caller.User, named, send, _recorded) { Recipients = meant };
                if (moderator.IsIdle(caller.App)) log.Record(draft.Append(null, sent));
                else moderator.Record(draft, content => ContentRules.Check(content, policies(caller.App).Types), sent);
                return await sent.Outcome;
            }
        }
        catch (Exception exception)
        {
            origin.Refuse(log.Explain(exception));
            return;
        }

        origin.Answer(answer, ProtocolJson.Lenient.SentToMany);
    }

    /// <summary>The direct conversation with somebody; of two who create it at once the first one's.</summary>
    private async Task<(ConversationId? Conversation, Refusal? Refusal)> CreateAsync(Caller caller, UserId user, ActivityContext trace)
    {
        var command = new CreateConversation(ConversationId.New(), ConversationKind.Direct, [user]);
        var wish = CreationRules.Create(caller.User, command).Value!;
        var created = new SentOrigin(trace);
        log.Record(new Creation(new ConversationKey(caller.App, command.Conversation), wish, digest.Of(wish), created));
        var outcome = await created.Outcome;
        return outcome.Refusal is { } refusal
            ? (null, refusal)
            : (JsonSerializer.Deserialize(outcome.Json.Span, ProtocolJson.Lenient.ConversationCreatedAnswer)!.Conversation.Conversation, null);
    }

    /// <summary>Each entry names all recipients, and fits into a frame.</summary>
    private static Refusal? TooLarge(MessageContent content, IReadOnlyList<UserId> recipients)
    {
        var names = recipients.Sum(user => user.Value.Length + 3);
        return names + JsonSerializer.SerializeToUtf8Bytes(content, ProtocolJson.Lenient.MessageContent).Length > ContentRules.MaxJsonBytes
            ? Refusals.TooLarge.Because($"$.recipients: with the content, at most {ContentRules.MaxJsonBytes} bytes as JSON")
            : null;
    }
}

/// <summary>What became of one request to the log.</summary>
internal sealed record SendOutcome(Refusal? Refusal, EncodedEntry? Entry = null, ReadOnlyMemory<byte> Json = default);

/// <summary>The origin of a request that is a part of another one. No connection: the entry is told to all that the sender has.</summary>
internal sealed class SentOrigin(ActivityContext trace) : Origin
{
    private readonly TaskCompletionSource<SendOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ActivityContext Trace => trace;

    public Task<SendOutcome> Outcome => _outcome.Task;

    public override void Answer(EncodedEntry entry) => _outcome.TrySetResult(new SendOutcome(null, entry));

    public override void Answer(ReadOnlyMemory<byte> json) => _outcome.TrySetResult(new SendOutcome(null, Json: json));

    public override void Refuse(Refusal refusal) => _outcome.TrySetResult(new SendOutcome(refusal));
}
