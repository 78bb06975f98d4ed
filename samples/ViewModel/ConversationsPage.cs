using System.ComponentModel;
using Parley;
using Parley.Client;

namespace ViewModel;

/// <summary>The page with all conversations.</summary>
public sealed class ConversationsPage : Page, IDisposable
{
    private readonly ParleyClient _client;

    private ConversationsPage(ParleyClient client, ConversationList conversations)
    {
        (_client, Conversations) = (client, conversations);
        LoadMore = new Command(() => Conversations.LoadMoreAsync(), notice => Notice = notice, () => Conversations.HasMore);
        ReadAll = new Command(() => _client.Inbox.ReadAllAsync(), notice => Notice = notice);
        Conversations.PropertyChanged += Told;
    }

    /// <summary>What a list on the page is bound to; its template to a <see cref="ConversationListItem"/>.</summary>
    public ConversationList Conversations { get; }

    /// <summary>The number on the app's icon.</summary>
    public string Badge => Conversations.TotalUnread > 0 ? $"{Conversations.TotalUnread}" : "";

    /// <summary>Scrolling to the end of the list does this.</summary>
    public Command LoadMore { get; }

    /// <summary>Reads everything.</summary>
    public Command ReadAll { get; }

    /// <summary>Opens the page. To be called on the main thread.</summary>
    public static async Task<ConversationsPage> OpenAsync(ParleyClient client)
    {
        // docs: list
        var conversations = await client.Inbox.OpenAsync(new ConversationListOptions { PageSize = 30 });
        // docs: end
        return new ConversationsPage(client, conversations);
    }

    /// <summary>The page of one of them.</summary>
    public Task<ChatPage> OpenAsync(ConversationListItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return ChatPage.OpenAsync(_client, item.Conversation, item.Name);
    }

    /// <summary>Pins one, or takes the pin off.</summary>
    public Task PinAsync(ConversationListItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return _client.Inbox.UpdateAsync(new UpdateInbox(item.Conversation, Pinned: !item.IsPinned));
    }

    /// <inheritdoc/>
    public void Dispose() => Conversations.Dispose();

    private void Told(object? sender, PropertyChangedEventArgs e)
    {
        if (e.PropertyName == nameof(ConversationList.TotalUnread)) Changed(nameof(Badge));
        if (e.PropertyName == nameof(ConversationList.HasMore)) LoadMore.Changed();
    }
}
