using Parley.Delivery;
using Parley.Identity;

namespace Parley.Conversations;

/// <summary>Lists: of a conversation's users and attributes, of public conversations, of invitations.</summary>
internal sealed class ListConversationsHandler(ConversationLists lists, TimeProvider clock)
{
    private const int DefaultLimit = 50;

    /// <summary><c>conversation.participants</c>.</summary>
    public async Task HandleAsync(Caller caller, ListParticipants query, Origin origin, CancellationToken cancel)
    {
        if (Limit(query.Limit, ListParticipants.MaxLimit, origin) is not { } limit) return;
        var outcome = await lists.UsersAsync(caller.Key, query, limit, clock.Now(), cancel);
        if (outcome.Value is { } page) origin.Answer(page, ProtocolJson.Lenient.ParticipantsPage);
        else origin.Refuse(outcome.Refusal!);
    }

    /// <summary><c>conversation.attributes</c>.</summary>
    public async Task HandleAsync(Caller caller, GetAttributes query, Origin origin, CancellationToken cancel)
    {
        if (query is { Participants: true, User: not null })
        {
            origin.Refuse(Refusals.InvalidParams.Because("give user or participants, not both"));
            return;
        }

        var outcome = query.Participants ? await lists.ParticipantAttributesAsync(caller.Key, query, cancel) : await lists.AttributesAsync(caller.Key, query, cancel);
        if (outcome.Value is { } page) origin.Answer(page, ProtocolJson.Lenient.AttributesPage);
        else origin.Refuse(outcome.Refusal!);
    }

    /// <summary><c>conversation.public</c>.</summary>
    public async Task HandleAsync(Caller caller, ListPublic query, Origin origin, CancellationToken cancel)
    {
        if (Limit(query.Limit, DefaultLimit, origin) is { } limit)
            origin.Answer(await lists.PublicAsync(caller.Key, query, limit, cancel), ProtocolJson.Lenient.PreviewPage);
    }

    /// <summary><c>conversation.invitations</c>.</summary>
    public async Task HandleAsync(Caller caller, ListInvitations query, Origin origin, CancellationToken cancel)
    {
        if (Limit(query.Limit, DefaultLimit, origin) is { } limit)
            origin.Answer(await lists.InvitationsAsync(caller.Key, query, limit, cancel), ProtocolJson.Lenient.PreviewPage);
    }

    private static int? Limit(int? asked, int unsaid, Origin origin)
    {
        if ((asked ?? unsaid) is var limit and >= 1 and <= ListParticipants.MaxLimit) return limit;
        origin.Refuse(Refusals.InvalidParams.Because($"$.limit: expected 1 to {ListParticipants.MaxLimit}"));
        return null;
    }
}
