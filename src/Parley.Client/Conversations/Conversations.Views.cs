using System.Runtime.CompilerServices;

namespace Parley.Client;

/// <content>Showing them.</content>
public sealed partial class Conversations
{
    /// <summary>Opens a conversation to be shown: a window over its log that a program binds to, at the newest, kept up to date until it is disposed.</summary>
    /// <remarks>Without a connection, and before it is made, as <see cref="OpenAsync"/>.</remarks>
    /// <param name="conversation">Which.</param>
    /// <param name="options">How much is loaded and held; null for the defaults.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <exception cref="ParleyRefusedException">The conversation is not the user's.</exception>
    /// <exception cref="InvalidOperationException">The client receives answers only, so nothing would tell it what changes.</exception>
    /// <exception cref="ArgumentException">The options cannot work.</exception>
    public async Task<TimelineView> ShowAsync(ConversationId conversation, TimelineViewOptions? options = null, CancellationToken cancel = default)
    {
        if (_client.Options.Receive == ReceiveMode.AnswersOnly) throw new InvalidOperationException("A client that receives answers only cannot keep a window up to date.");
        options ??= new TimelineViewOptions();
        if (options.Problem() is { } problem) throw new ArgumentException(problem, nameof(options));
        var live = new LiveConversation(_client, conversation) { PageSize = options.PageSize, MaxItems = options.MaxItems };
        try
        {
            await live.LoadAsync(cancel).ConfigureAwait(false);
            var view = new TimelineView(_client, live, options);
            var shown = Task.CompletedTask;
            var begun = new Happening.InTurn(() => shown = view.BeginAsync());
            if (_client.Happened(begun)) await begun.Done.Task.ConfigureAwait(false);
            await shown.WaitAsync(cancel).ConfigureAwait(false);
            return view;
        }
        catch
        {
            live.Dispose();
            throw;
        }
    }

    /// <summary>Waits for a session, as long as for an answer.</summary>
    /// <exception cref="ParleyConnectionException">There was none in time.</exception>
    internal Task ConnectedAsync(CancellationToken cancel) => _requests.ConnectedAsync(cancel);

    /// <summary>The entries of a log after a sequence, oldest first, page by page: those that the user sees. Ends at the head.</summary>
    /// <param name="conversation">Whose.</param>
    /// <param name="after">After which; <see cref="Sequence.None"/> for all of them.</param>
    /// <param name="cancel">Stops asking.</param>
    public async IAsyncEnumerable<LogEntry> EntriesAsync(ConversationId conversation, Sequence after = default, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        EntriesPage page;
        do
        {
            page = await ReadEntriesAsync(new ReadEntries(conversation, After: after), cancel).ConfigureAwait(false);
            foreach (var entry in page.Entries) yield return entry;
            after = page.Entries.Select(entry => entry.Sequence).Concat((page.Skipped ?? []).Select(range => range.To)).DefaultIfEmpty(after).Max();
        }
        while (page.More);
    }
}
