using System.Runtime.CompilerServices;

namespace Parley.Client;

/// <content>Settings and attributes, and the end.</content>
public sealed partial class Conversations
{
    /// <summary>Changes settings, all of them or none, with one entry: <c>new UpdateConversation(id, CommandId.New(), Title: "Lunch")</c>.</summary>
    /// <returns>The entry. What is so already is refused with <see cref="Refusals.Unchanged"/>.</returns>
    public Task<LogEntry> UpdateAsync(UpdateConversation request, CancellationToken cancel = default) => MakeAsync(Change.Update(request), cancel);

    /// <summary>Gives a conversation a title.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="title">Up to <see cref="UpdateConversation.MaxTitle"/> code points; empty takes it away.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>The entry.</returns>
    public Task<LogEntry> SetTitleAsync(ConversationId conversation, string title, CancellationToken cancel = default) =>
        UpdateAsync(new UpdateConversation(conversation, CommandId.New(), Title: title), cancel);

    /// <summary>Lets only the allowed, owners, and who manages the conversation or its participants send; until <see cref="UnmuteAllAsync"/>.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> MuteAllAsync(ConversationId conversation, CancellationToken cancel = default) =>
        UpdateAsync(new UpdateConversation(conversation, CommandId.New(), Muted: true), cancel);

    /// <summary>Lets everybody send again who may.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> UnmuteAllAsync(ConversationId conversation, CancellationToken cancel = default) =>
        UpdateAsync(new UpdateConversation(conversation, CommandId.New(), Muted: false), cancel);

    /// <summary>Ends a conversation for everybody, for ever.</summary>
    /// <returns>The entry; it is the last of this conversation that comes to anybody.</returns>
    public Task<LogEntry> DeleteAsync(ConversationId conversation, CancellationToken cancel = default) =>
        MakeAsync(Change.Delete(conversation), cancel);

    /// <summary>Sets and removes attributes of a conversation, or of a participant, all of them or none.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="set">Names and values; null for none.</param>
    /// <param name="remove">Names that are to be no more; null for none.</param>
    /// <param name="user">Whose; null for the conversation's own.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>The entry.</returns>
    public Task<LogEntry> SetAttributesAsync(
        ConversationId conversation, IReadOnlyDictionary<string, string>? set, IReadOnlyList<string>? remove = null, UserId? user = null, CancellationToken cancel = default) =>
        MakeAsync(Change.SetAttributes(conversation, set, remove, user), cancel);

    /// <summary>All attributes of a conversation, or of a participant, by name. Of a conversation that is open, <see cref="Timeline.Attributes"/> and <see cref="TimelineParticipant.Attributes"/> have them already.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="user">Whose; null for the conversation's own.</param>
    /// <param name="cancel">Stops asking.</param>
    public async Task<IReadOnlyDictionary<string, string>> GetAttributesAsync(ConversationId conversation, UserId? user = null, CancellationToken cancel = default)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string? next = null;
        do
        {
            var page = await _requests.AskAsync(Wire.GetAttributes, new GetAttributes(conversation, user, next), cancel).ConfigureAwait(false);
            foreach (var (name, value) in page.Attributes) all[name] = value;
            next = page.Next;
        }
        while (next is not null);
        return all;
    }

    /// <summary>The attributes of everybody who is in a conversation, page by page; who has none is left out. Who comes or goes meanwhile may be missed.</summary>
    public async IAsyncEnumerable<ParticipantAttributes> ListAttributesAsync(ConversationId conversation, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        string? next = null;
        do
        {
            var page = await _requests.AskAsync(Wire.GetAttributes, new GetAttributes(conversation, Next: next, Participants: true), cancel).ConfigureAwait(false);
            foreach (var one in page.Participants ?? []) yield return one;
            next = page.Next;
        }
        while (next is not null);
    }
}
