using System.Text.Json;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>What messages, their edits and their recalls change beside their own entries. In the entry's transaction, under the lock of its conversation.</summary>
/// <remarks>The content of a message has one home, its first entry, and its newest edit holds a copy: all others are emptied here, and a recall empties all.</remarks>
internal static class MessageEffects
{
    public static async ValueTask<EffectsOn> ApplyAsync(
        Session session, ConversationKey key, Decision decision, Sequence sequence, DateTimeOffset at, Earlier earlier, CancellationToken cancel)
    {
        switch (decision.Event)
        {
            case MessageSent sent:
                await MentionAsync(session, key, sequence, sent.Content.Mentions, cancel);
                await ContentUses.AddAsync(session, key, sequence, sent.Content, cancel);
                if (decision.Notification is { } notification) await NotifyAsync(session, key, sequence, notification, cancel);
                await FlagAsync(session, key, sent.Message, decision.Flags, at, cancel);
                return EffectsOn.Message;
            case MessageEdited edited:
                await EditAsync(session, key, edited, sequence, at, earlier, cancel);
                await FlagAsync(session, key, edited.Message, decision.Flags, at, cancel);
                return EffectsOn.Message;
            case MessageRecalled recalled:
                await RecallAsync(session, key, recalled, at, cancel);
                return EffectsOn.Message;
            default:
                return EffectsOn.Conversation;
        }
    }

    private static async ValueTask EditAsync(Session session, ConversationKey key, MessageEdited edited, Sequence sequence, DateTimeOffset at, Earlier versions, CancellationToken cancel)
    {
        var content = edited.Content!;
        var sent = await ReadAsync<MessageSent>(session, key, edited.Original, cancel);
        var kinds = ContentKindRules.Of(content);
        if (versions == Earlier.Kept) await MessageVersions.KeepAsync(session, key, edited.Original, sent, cancel);
        await session.ExecuteAsync($"""
            update entries set event = {EventJson.Of(sent with { Content = content, Version = edited.Version, EditedAt = at })},
                kinds = {(int)kinds}, counted = {ContentKindRules.Counted(kinds)}
            where conversation = {key.Number} and sequence = {edited.Original.Value}
            """, cancel);
        foreach (var earlier in await EditsAsync(session, key, edited.Original, cancel)) await EmptyAsync(session, key, earlier, dropDigest: 0, cancel);
        await session.ExecuteAsync($"""
            insert into message_edits (conversation, original, sequence) values ({key.Number}, {edited.Original.Value}, {sequence.Value})
            """, cancel);
        await ChangedAsync(session, key, edited.Original, edited.Version, recalled: 0, cancel);
        await ForgetMentionsAsync(session, key, edited.Original, sent.Content.Mentions, cancel);
        await MentionAsync(session, key, edited.Original, content.Mentions, cancel);
        await ContentUses.ReplaceAsync(session, key, edited.Original, sent.Content, content, at, cancel);
    }

    private static async ValueTask RecallAsync(Session session, ConversationKey key, MessageRecalled recalled, DateTimeOffset at, CancellationToken cancel)
    {
        var sent = await ReadAsync<MessageSent>(session, key, recalled.Original, cancel);
        // Without the digest too, by which who has the database could try what it said.
        await session.ExecuteAsync($"""
            update entries set event = {EventJson.Of(sent with { Content = MessageContent.None, Forwarded = null, Version = 0, EditedAt = null, Recalled = true })},
                kinds = {(int)ContentKinds.Recalled}, counted = 0, digest = null
            where conversation = {key.Number} and sequence = {recalled.Original.Value}
            """, cancel);
        foreach (var edit in await EditsAsync(session, key, recalled.Original, cancel)) await EmptyAsync(session, key, edit, dropDigest: 1, cancel);
        await ChangedAsync(session, key, recalled.Original, sent.Version, recalled: 1, cancel);
        await ForgetMentionsAsync(session, key, recalled.Original, sent.Content.Mentions, cancel);
        await ContentUses.ReplaceAsync(session, key, recalled.Original, sent.Content, MessageContent.None, at, cancel);
        await session.ExecuteAsync($"delete from notifications where conversation = {key.Number} and sequence = {recalled.Original.Value}", cancel);
        await HeldRows.ForgetAsync(session, key, recalled.Message, cancel);
        await MessageVersions.ForgetAsync(session, key, recalled.Original, cancel);
    }

    private static async ValueTask<T> ReadAsync<T>(Session session, ConversationKey key, Sequence sequence, CancellationToken cancel)
        where T : ConversationEvent
    {
        var rows = await session.QueryAsync(
            $"select event from entries where conversation = {key.Number} and sequence = {sequence.Value}", row => row.Bytes(0), cancel);
        return (T)JsonSerializer.Deserialize(rows[0], ProtocolJson.Lenient.ConversationEvent)!;
    }

    private static async ValueTask<List<Sequence>> EditsAsync(Session session, ConversationKey key, Sequence original, CancellationToken cancel) =>
        await session.QueryAsync($"""
            select sequence from message_edits where conversation = {key.Number} and original = {original.Value}
            """, row => row.Sequence(0), cancel);

    private static async ValueTask EmptyAsync(Session session, ConversationKey key, Sequence edit, int dropDigest, CancellationToken cancel)
    {
        var edited = await ReadAsync<MessageEdited>(session, key, edit, cancel);
        if (edited.Content is null && dropDigest == 0) return;
        await session.ExecuteAsync($"""
            update entries set event = {EventJson.Of(edited with { Content = null })}, digest = case when {dropDigest} = 1 then null else digest end
            where conversation = {key.Number} and sequence = {edit.Value}
            """, cancel);
    }

    private static async ValueTask ChangedAsync(Session session, ConversationKey key, Sequence message, int version, int recalled, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            insert into message_changes (conversation, sequence, version, recalled) values ({key.Number}, {message.Value}, {version}, {recalled})
            on conflict (conversation, sequence) do update set version = excluded.version, recalled = excluded.recalled
            """, cancel);

    private static async ValueTask MentionAsync(Session session, ConversationKey key, Sequence message, Mentions? mentions, CancellationToken cancel)
    {
        foreach (var user in Names(mentions))
        {
            await session.ExecuteAsync($"""
                insert into mentions (conversation, user_id, sequence) values ({key.Number}, {user}, {message.Value}) on conflict do nothing
                """, cancel);
        }
    }

    /// <summary>By name, for the table is in the order of names.</summary>
    private static async ValueTask ForgetMentionsAsync(Session session, ConversationKey key, Sequence message, Mentions? mentions, CancellationToken cancel)
    {
        foreach (var user in Names(mentions))
            await session.ExecuteAsync($"delete from mentions where conversation = {key.Number} and user_id = {user} and sequence = {message.Value}", cancel);
    }

    /// <summary>Nobody has the empty id: it stands for everybody.</summary>
    private static IEnumerable<string> Names(Mentions? mentions) =>
        mentions is null ? [] : [.. (mentions.Users ?? []).Select(user => user.Value), .. mentions.All ? [""] : Array.Empty<string>()];

    /// <summary>Nobody has the empty id: as a reporter it is the server. What an edit says is looked at again, also by who had done with what it said before.</summary>
    private static async ValueTask FlagAsync(Session session, ConversationKey key, MessageId message, IReadOnlyList<string> lists, DateTimeOffset at, CancellationToken cancel)
    {
        if (lists.Count == 0) return;
        await session.ExecuteAsync($"""
            insert into reports (app, report, conversation, message, reporter, body, at)
            values ({key.App.Number}, {Guid.CreateVersion7()}, {key.Conversation.Value}, {message.Value}, '', {string.Join(' ', lists)}, {at.ToUnixTimeMilliseconds()})
            on conflict (app, conversation, message, reporter) do update set body = excluded.body, at = excluded.at, resolved_at = null, note = null
            """, cancel);
    }

    private static async ValueTask NotifyAsync(Session session, ConversationKey key, Sequence message, MessageNotification notification, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            insert into notifications (conversation, sequence, body)
            values ({key.Number}, {message.Value}, {JsonSerializer.SerializeToUtf8Bytes(notification, ProtocolJson.Lenient.MessageNotification)})
            """, cancel);
}

/// <summary>What becomes of what a message said, when it is edited.</summary>
internal enum Earlier
{
    /// <summary>It is gone.</summary>
    Forgotten,

    /// <summary>It is kept, for who looks after the conversation.</summary>
    Kept,
}

/// <summary>What an entry changes beside the log.</summary>
internal enum EffectsOn
{
    /// <summary>The conversation and who is in it.</summary>
    Conversation,

    /// <summary>Messages only: nobody else's rules are concerned.</summary>
    Message,
}
