using System.Diagnostics;
using System.Text.Json;
using Parley.Delivery;
using Parley.People;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Creates one conversation, in a transaction of its own: there is no row to lock yet, only unique keys to meet others at.</summary>
internal sealed class CreationItem(
    Creation creation, Lane lane, ConversationLog log, CreationGround ground, ConversationReader reader, Fanout fanout, RoomPresence presence, DateTimeOffset now) : JournalItem
{
    private readonly byte[] _event = JsonSerializer.SerializeToUtf8Bytes(creation.Created, ProtocolJson.Lenient.ConversationEvent);
    private Result _result;
    private ConversationKey _answer;
    private Refusal? _refusal;
    private bool _tried;

    /// <summary>What the transaction found.</summary>
    private enum Result
    {
        /// <summary>A new conversation.</summary>
        Created,

        /// <summary>The same request was granted before, or the pair has its conversation already.</summary>
        Existing,

        /// <summary>The id names something else.</summary>
        IdInUse,

        /// <summary>The creator, or the other one, does not let it happen.</summary>
        Refused,
    }

    public override JournalLane Lane => JournalLane.Alone;

    public override IEnumerable<ActivityContext> Causes => [creation.Origin.Trace];

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        (_result, _answer) = await RunAsync(session, cancel);
        // Run again after an unknown commit, what it created before is its own work, of which nobody was told.
        if (_tried && _result == Result.Existing && _answer == creation.Key) _result = Result.Created;
        _tried |= _result == Result.Created;
    }

    private async ValueTask<(Result, ConversationKey)> RunAsync(Session session, CancellationToken cancel)
    {
        var (key, created) = (creation.Key, creation.Created);
        _refusal = await ground.CannotCreateAsync(session, new UserKey(key.App, creation.Actor), Other, now, cancel);
        if (_refusal == Refusals.Suspended) return (Result.Refused, key);
        _refusal ??= creation.RefusedIfNew;
        // His own first: whatever became of it, who asks again gets it.
        var first = await ConversationStore.FindAsync(session, key, creation.Command, cancel);
        if (first is null && await UniqueConversations.FindAsync(session, key.App, created, cancel) is { } theirs) return (Result.Existing, key with { Conversation = theirs });
        // The conversation that a pair has stays theirs; a new one is not for whom the other blocks.
        if (first is null && _refusal is not null) return (Result.Refused, key);
        if (first is not null || !await InsertConversationAsync(session, cancel))
        {
            first ??= await ConversationStore.FindAsync(session, key, creation.Command, cancel);
            var same = first is not null && first.Actor == creation.Actor && first.Digest.AsSpan().SequenceEqual(creation.Digest);
            return (same ? Result.Existing : Result.IdInUse, key);
        }

        if (!await UniqueConversations.TakeAsync(session, key, created, cancel))
        {
            // Another creator committed meanwhile: his conversation stands, ours is taken back.
            await session.ExecuteAsync($"delete from conversations where app = {key.App.Number} and conversation = {key.Conversation.Value}", cancel);
            return (Result.Existing, key with { Conversation = (await UniqueConversations.FindAsync(session, key.App, created, cancel))!.Value });
        }

        await session.ExecuteAsync($"""
            insert into entries (conversation, sequence, at, key, actor, digest, counted, event)
            values ({key.Number}, 1, {now.ToUnixTimeMilliseconds()}, {creation.Command}, {creation.Actor.Value},
                {creation.Digest}, 0, {_event})
            """, cancel);
        await EntryEffects.JoinNewAsync(session, key, creation.Created, cancel);
        return (Result.Created, key);
    }

    private async ValueTask<bool> InsertConversationAsync(Session session, CancellationToken cancel)
    {
        var (key, created, at) = (creation.Key, creation.Created, now.ToUnixTimeMilliseconds());
        var owners = created.Participants.Count(participant => participant.Permissions is { } own && own.HasFlag(Permissions.Owner));
        var settings = created.Settings ?? new ConversationSettings();
        return await session.ExecuteAsync($"""
            insert into conversations (app, conversation, kind, title, default_permissions, created_at, revision, participants, owners, head, tail, tail_at, last_at, changed,
                description, announcement, custom_data, history, is_public, approval, members_invite, confirm_invitations, muted, is_distinct)
            values ({key.App.Number}, {key.Conversation.Value}, {(int)created.Kind}, {created.Title}, {(int)created.DefaultPermissions}, {at}, 1,
                {created.Participants.Count}, {owners}, 1, 1, {at}, {at}, {session.Change},
                {settings.Description}, {settings.Announcement}, {settings.CustomData?.Json}, {(int)settings.History}, {Number(settings.Public)}, {Number(settings.Approval)},
                {Number(settings.MembersInvite)}, {Number(settings.ConfirmInvitations)}, {Number(settings.Muted)}, {Number(settings.Distinct)})
            on conflict do nothing
            """, cancel) > 0;
    }

    private static int Number(bool yes) => yes ? 1 : 0;

    /// <summary>The other one of a pair; null where anybody may be added, and in notes to oneself.</summary>
    private UserId? Other =>
        creation.Created is { Kind: ConversationKind.Direct, Participants: { Count: 2 } pair } ? pair[0].User == creation.Actor ? pair[1].User : pair[0].User : null;

    public override void Committed()
    {
        try
        {
            Tell();
        }
        finally
        {
            log.Created(lane);
        }
    }

    private void Tell()
    {
        switch (_result)
        {
            case Result.Created:
                if (ConversationKinds.Of(creation.Created.Kind).Membership == Membership.Free) presence.Entered(new UserKey(creation.Key.App, creation.Actor), creation.Key.Conversation);
                // The answer first: it stands for the notification on the connection that asked.
                var entry = new EncodedEntry(creation.Key, new Sequence(1), now, _event);
                creation.Origin.Answer(ConversationAnswers.Created(Fresh(), entry, CreationOutcome.Created));
                fanout.Publish(PublishedEntries.Of(entry, creation.Created) with { Except = creation.Origin.Subscriber });
                break;
            case Result.Existing:
                _ = AnswerExistingAsync();
                break;
            case Result.Refused:
                creation.Origin.Refuse(_refusal!);
                break;
            default:
                creation.Origin.Refuse(Refusals.IdInUse);
                break;
        }
    }

    private ConversationState Fresh()
    {
        var created = creation.Created;
        var participants = created.Participants.OrderBy(one => one.User)
            .Select(one => new ParticipantState(one.User, one.Permissions ?? created.DefaultPermissions, Sequence.None, Sequence.None)).ToArray();
        return new ConversationState(
            creation.Key.Conversation, created.Kind, created.Title, now, Revision: 1, new Sequence(1), new Sequence(1), created.DefaultPermissions,
            participants.Length, participants.Length <= ConversationKinds.MaxListedParticipants ? participants : null,
            new OwnParticipation(created.Participants[0].Permissions ?? created.DefaultPermissions, Sequence.None, Sequence.None),
            created.Settings ?? new ConversationSettings());
    }

    /// <summary>What a request for what there is already came to. What it did not ask for cannot be different.</summary>
    private CreationOutcome Outcome(ConversationState found)
    {
        if (_answer == creation.Key) return CreationOutcome.Created;
        var (title, data) = (creation.Created.Title, creation.Created.Settings?.CustomData);
        return (title is null || title == found.Title) && (data is null || data.Equals(found.Settings?.CustomData)) ? CreationOutcome.Existing : CreationOutcome.Conflict;
    }

    private async Task AnswerExistingAsync()
    {
        try
        {
            var found = await reader.FindCreatedAsync(new UserKey(_answer.App, creation.Actor), _answer.Conversation, CancellationToken.None);
            if (found is var (state, entry)) creation.Origin.Answer(ConversationAnswers.Created(state, entry, Outcome(state)));
            else creation.Origin.Refuse(Refusals.IdInUse);
        }
        catch (Exception exception)
        {
            creation.Origin.Refuse(log.Explain(exception));
        }
    }

    public override void Failed(StorageException failure)
    {
        try
        {
            creation.Origin.Refuse(failure.Refusal);
        }
        finally
        {
            log.Created(lane);
        }
    }
}
