using System.ComponentModel;
using Parley;
using Parley.Client;

namespace ViewModel;

/// <summary>The page of one conversation.</summary>
public sealed class ChatPage : Page, IDisposable
{
    private string _draft = "";

    private ChatPage(TimelineView messages, string name)
    {
        (Messages, Name) = (messages, name);
        Send = new Command(SendAsync, Tell, () => Draft.Length > 0);
        LoadEarlier = new Command(() => Messages.LoadEarlierAsync(), Tell, () => !Messages.IsAtStart);
        ToNewest = new Command(() => Messages.ToNewestAsync(), Tell, () => !Messages.IsAtEnd);
        // docs: read
        MarkRead = new Command(() => Messages.MarkReadAsync(), Tell);
        // docs: end
        Messages.PropertyChanged += Told;
    }

    /// <summary>What a list on the page is bound to; its template to a <see cref="TimelineViewItem"/>.</summary>
    public TimelineView Messages { get; }

    /// <summary>What stands above the list.</summary>
    public string Name { get; }

    /// <summary>What the text box is bound to, both ways.</summary>
    public string Draft
    {
        get => _draft;
        set
        {
            if (!Set(ref _draft, value)) return;
            Send.Changed();
            _ = value.Length > 0 ? Messages.StartTypingAsync() : Messages.StopTypingAsync();
        }
    }

    /// <summary>Who types; empty for nobody.</summary>
    public string Typing => Messages.Typing.Count == 0 ? "" : $"{string.Join(", ", Messages.Typing.Keys)} typing";

    /// <summary>What stands on the button that goes to the newest; empty when it is not to be seen.</summary>
    public string Below => Messages.IsAtEnd ? "" : Messages.NewBelow == 0 ? "newest" : $"{Messages.NewBelow} new";

    /// <summary>Sends what is in the text box.</summary>
    public Command Send { get; }

    /// <summary>Scrolling to the top of the list does this.</summary>
    public Command LoadEarlier { get; }

    /// <summary>The button below the list.</summary>
    public Command ToNewest { get; }

    /// <summary>To be called when the end of the list is on the screen, and the window in front.</summary>
    public Command MarkRead { get; }

    /// <summary>Opens the page where the user stopped reading. To be called on the main thread.</summary>
    public static async Task<ChatPage> OpenAsync(ParleyClient client, ConversationId conversation, string name)
    {
        // docs: window
        var messages = await client.Conversations.ShowAsync(conversation, new TimelineViewOptions { PageSize = 20, MaxItems = 200 });
        try
        {
            await messages.ToFirstUnreadAsync();
        }
        catch
        {
            messages.Dispose();   // or it would be kept up to date for nobody
            throw;
        }
        // docs: end
        return new ChatPage(messages, name);
    }

    /// <summary>One line of the list, as a template would lay it out.</summary>
    public static string LineOf(TimelineViewItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        // docs: item
        var line = item switch
        {
            { IsRecalled: true } => $"{item.Sender} took a message back",
            { Content: not null } => $"{item.Sender}: {item.Text}{(item.IsEdited ? " (edited)" : "")}",
            { Event: not null } => $"{item.Sender} ({item.Event.Event.Type})",
            _ => "…",
        };
        var state = item switch
        {
            { HasFailed: true } => $" [{item.Failure?.Message}]",
            { IsOwn: true, State: { } reached } => $" [{reached}]",
            { IsUnread: true } => " [new]",
            _ => "",
        };
        // docs: end
        return line + state;
    }

    /// <inheritdoc/>
    public void Dispose() => Messages.Dispose();

    // docs: send
    private async Task SendAsync()
    {
        var text = Draft;
        Draft = "";
        await Messages.SendAsync(text);
    }
    // docs: end

    private void Tell(string notice) => Notice = notice;

    private void Told(object? sender, PropertyChangedEventArgs e)
    {
        switch (e.PropertyName)
        {
            case nameof(TimelineView.Typing):
                Changed(nameof(Typing));
                break;
            case nameof(TimelineView.IsAtStart):
                LoadEarlier.Changed();
                break;
            case nameof(TimelineView.IsAtEnd):
                ToNewest.Changed();
                Changed(nameof(Below));
                break;
            case nameof(TimelineView.NewBelow):
                Changed(nameof(Below));
                break;
        }
    }
}
