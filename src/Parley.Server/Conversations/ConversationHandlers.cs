using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary><c>conversation.create</c>.</summary>
/// <param name="log">Records it.</param>
/// <param name="digest">Names the request.</param>
/// <param name="roomsMadeBy">Who makes rooms in an app.</param>
internal sealed class CreateConversationHandler(ConversationLog log, RequestDigest digest, Func<AppId, RoomMakers> roomsMadeBy)
{
    public void Handle(Caller caller, CreateConversation command, Origin origin)
    {
        var outcome = CreationRules.Create(caller.User, command);
        if (outcome.Value is { } created)
            log.Record(new Creation(new ConversationKey(caller.App, command.Conversation), created, digest.Of(created), origin) { RefusedIfNew = Forbidden(caller, command) });
        else
            origin.Refuse(outcome.Refusal!);
    }

    /// <summary>Whoever is in a group was asked or let in; a room is open to the whole app.</summary>
    private Refusal? Forbidden(Caller caller, CreateConversation command) =>
        caller.Platform is null && ConversationKinds.Of(command.Kind).Membership == Membership.Free && roomsMadeBy(caller.App) == RoomMakers.Backend
            ? Refusals.PermissionDenied.Because("in this app only its backend makes rooms")
            : null;
}

/// <summary><c>conversation.get</c>, <c>conversation.entries</c> and <c>conversation.sync</c>.</summary>
internal sealed class ReadConversationsHandler(ConversationReader reader, PageTokens tokens, Installation installation)
{
    public async Task HandleAsync(Caller caller, GetConversations query, Origin origin, CancellationToken cancel)
    {
        if (query.Conversations.Count is 0) origin.Refuse(Refusals.InvalidParams.Because("$.conversations: expected 1 or more"));
        else if (query.Conversations.Count > GetConversations.MaxConversations)
            origin.Refuse(Refusals.TooLarge.Because($"$.conversations: at most {GetConversations.MaxConversations}"));
        else origin.Answer(await reader.FindManyAsync(caller.Key, query.Conversations, cancel), ProtocolJson.Lenient.ConversationStates);
    }

    public async Task HandleAsync(Caller caller, GetConversation query, Origin origin, CancellationToken cancel)
    {
        var outcome = await reader.FindAsync(caller.Key, query.Conversation, cancel);
        if (outcome.Value is { } state) origin.Answer(state, ProtocolJson.Lenient.ConversationState);
        else origin.Refuse(outcome.Refusal!);
    }

    public async Task HandleAsync(Caller caller, ReadEntries query, Origin origin, CancellationToken cancel)
    {
        var window = EntryWindow.Of(query);
        if (window.Refusal is { } refusal) origin.Refuse(refusal);
        else if (query.Epoch is { } epoch && epoch != installation.Epoch) origin.Refuse(Refusals.Reset);
        else Answer(query, await reader.EntriesAsync(caller.Key, query.Conversation, window.Value!.Window, cancel), origin);
    }

    private static void Answer(ReadEntries query, Outcome<EncodedPage> outcome, Origin origin)
    {
        if (outcome.Value is not { } page) origin.Refuse(outcome.Refusal!);
        else if (query.After > page.Head || query.From > page.Head) origin.Refuse(Refusals.Reset);
        else origin.Answer(ConversationAnswers.Page(page));
    }

    public async Task HandleAsync(Caller caller, SyncConversations query, Origin origin, CancellationToken cancel)
    {
        var since = query.Since is null ? null : tokens.ReadChanges(caller.Key, query.Since)?[0];
        if (query.Positions.Count is 0) origin.Refuse(Refusals.InvalidParams.Because("$.positions: expected 1 or more"));
        else if (query.Positions.Count > SyncConversations.MaxPositions) origin.Refuse(Refusals.TooLarge.Because($"$.positions: at most {SyncConversations.MaxPositions}"));
        else if (query.Positions.DistinctBy(position => position.Conversation).Count() < query.Positions.Count)
            origin.Refuse(Refusals.InvalidParams.Because("$.positions: each conversation once"));
        else if (query.Epoch != installation.Epoch) origin.Refuse(Refusals.Reset);
        else if (query.Since is not null && since is null) origin.Refuse(PageTokens.NoChanges);
        else origin.Answer(ConversationAnswers.Synced(await reader.SyncAsync(caller.Key, query.Positions, since, cancel)));
    }
}
