using System.Diagnostics;
using System.Text.Json;
using Parley.Delivery;
using Parley.People;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Creates one conversation, in a transaction of its own: there is no row to lock yet, only unique keys to meet others at.</summary>
internal sealed class CreationItem(
    Creation creation, Lane lane, ConversationLog log, CreationGround ground, ConversationReader reader, Fanout fanout, DateTimeOffset now) : JournalItem
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
        var key = creation.Key;
        _refusal = await ground.CannotCreateAsync(session, new UserKey(key.App, creation.Actor), Other, now, cancel);
        if (_refusal == Refusals.Suspended) return (Result.Refused, key);
        if (await PairAsync(session, cancel) is { } pair) return (Result.Existing, pair);
        // The conversation that a pair has stays theirs; a new one is not for whom the other blocks.
        if (_refusal is not null) return (Result.Refused, key);
        if (!await InsertConversationAsync(session, cancel))
        {
            var first = await ConversationStore.FindAsync(session, key, creation.Command, cancel);
            var same = first is not null && first.Actor == creation.Actor && first.Digest.AsSpan().SequenceEqual(creation.Digest);
            return (same ? Result.Existing : Result.IdInUse, key);
        }

        if (!await InsertPairAsync(session, cancel))
        {
            // Another creator committed the same pair meanwhile: his conversation stands, ours is taken back.
            await session.ExecuteAsync($"delete from conversations where app = {key.App.Number} and conversation = {key.Conversation.Value}", cancel);
            return (Result.Existing, (await PairAsync(session, cancel))!.Value);
        }

        await session.ExecuteAsync($"""
            insert into entries (conversation, sequence, at, key, actor, digest, counted, event)
            values ({key.Number}, 1, {now.ToUnixTimeMilliseconds()}, {creation.Command}, {creation.Actor.Value},
                {creation.Digest}, 0, {_event})
            """, cancel);
        await ConversationStore.JoinNewAsync(session, key, creation.Created, cancel);
        return (Result.Created, key);
    }

    private async ValueTask<bool> InsertConversationAsync(Session session, CancellationToken cancel)
    {
        var (key, created, at) = (creation.Key, creation.Created, now.ToUnixTimeMilliseconds());
        var owners = created.Participants.Count(participant => participant.Permissions is { } own && own.HasFlag(Permissions.Owner));
        return await session.ExecuteAsync($"""
            insert into conversations (app, conversation, kind, title, default_permissions, created_at, revision, participants, owners, head, tail, last_at, changed)
            values ({key.App.Number}, {key.Conversation.Value}, {(int)created.Kind}, {created.Title}, {(int)created.DefaultPermissions}, {at}, 1,
                {created.Participants.Count}, {owners}, 1, 1, {at}, {session.Change})
            on conflict do nothing
            """, cancel) > 0;
    }

    private (UserId First, UserId Second)? Pair =>
        ConversationKinds.Of(creation.Created.Kind).Membership == Membership.Fixed
            ? creation.Created.Participants.Select(participant => participant.User).Order().ToArray() is [var first, var second] ? (first, second) : null
            : null;

    /// <summary>The other one of a pair.</summary>
    private UserId? Other => Pair is var (first, second) ? first == creation.Actor ? second : first : null;

    private async ValueTask<ConversationKey?> PairAsync(Session session, CancellationToken cancel)
    {
        if (Pair is not var (first, second)) return null;
        var rows = await session.QueryAsync($"""
            select conversation from directs where app = {creation.Key.App.Number} and first_user = {first.Value} and second_user = {second.Value}
            """, row => row.Conversation(0), cancel);
        return rows is [var conversation] ? creation.Key with { Conversation = conversation } : null;
    }

    private async ValueTask<bool> InsertPairAsync(Session session, CancellationToken cancel)
    {
        if (Pair is not var (first, second)) return true;
        return await session.ExecuteAsync($"""
            insert into directs (app, first_user, second_user, conversation)
            values ({creation.Key.App.Number}, {first.Value}, {second.Value}, {creation.Key.Conversation.Value})
            on conflict do nothing
            """, cancel) > 0;
    }

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
                // The answer first: it stands for the notification on the connection that asked.
                var entry = new EncodedEntry(creation.Key, new Sequence(1), now, _event);
                creation.Origin.Answer(ConversationAnswers.Created(Fresh(), entry));
                fanout.Publish(PublishedEntries.Of(entry, creation.Created, creation.Created.DefaultPermissions) with { Except = creation.Origin.Subscriber });
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
            new OwnParticipation(created.Participants[0].Permissions ?? created.DefaultPermissions, Sequence.None, Sequence.None));
    }

    private async Task AnswerExistingAsync()
    {
        try
        {
            var found = await reader.FindCreatedAsync(new UserKey(_answer.App, creation.Actor), _answer.Conversation, CancellationToken.None);
            if (found is var (state, entry)) creation.Origin.Answer(ConversationAnswers.Created(state, entry));
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
