using System.Collections.Immutable;
using System.ComponentModel;

namespace Parley.Client;

/// <summary>A conversation of a <see cref="ConversationList"/>, to be bound to: the same object as long as it is in the list.</summary>
/// <remarks>It changes, and says so, where the client raises its events. What is changed at once is told once all of it is.</remarks>
public sealed class ConversationListItem : INotifyPropertyChanged
{
    private readonly ParleyClient _client;
    private ListedConversation _now;

    internal ConversationListItem(ParleyClient client, ListedConversation now) => (_client, _now) = (client, now);

    /// <inheritdoc/>
    public event PropertyChangedEventHandler? PropertyChanged;

    /// <summary>Which conversation.</summary>
    public ConversationId Conversation => _now.Item.Conversation;

    /// <summary>Its kind.</summary>
    public ConversationKind Kind => _now.Item.Kind;

    /// <summary>What to call it: its title, or the other one's name or id; empty for a group without a title.</summary>
    public string Name => _now.Name;

    /// <summary>Its title; null for none.</summary>
    public string? Title => _now.Item.Title;

    /// <summary>The other one of a direct conversation; null else.</summary>
    public UserId? Peer => _now.Item.Peer;

    /// <summary>His profile, where it is known.</summary>
    public UserProfile? PeerProfile => _now.Peer;

    /// <summary>The newest message; null for none.</summary>
    public LogEntry? LastMessage => _now.Item.LastMessage;

    /// <summary>What it says as plain text; empty when there is none.</summary>
    public string LastText => (_now.Item.LastMessage?.Event as MessageSent)?.Content.PlainText() ?? "";

    /// <summary>Who sent it; null for none.</summary>
    public UserId? LastSender => (_now.Item.LastMessage?.Event as MessageSent)?.Sender;

    /// <summary>When something happened in it last.</summary>
    public DateTimeOffset LastActivity => _now.Item.LastActivity;

    /// <summary>How many messages the user has not read: exact up to <see cref="InboxItem.MaxExactUnread"/>.</summary>
    public int Unread => _now.Item.Unread;

    /// <summary>Whether they are more.</summary>
    public bool UnreadIsMore => _now.Item.UnreadIsMore;

    /// <summary>How many of them address him, by name or as one of all.</summary>
    public int Mentions => _now.Item.Mentions;

    /// <summary>Whether it is to be shown as unread: something is, or he marked it so.</summary>
    public bool IsUnread => Unread > 0 || UnreadIsMore || _now.Item.Flags?.UnreadFrom is not null;

    /// <summary>Whether he wants it at hand.</summary>
    public bool IsPinned => _now.Item.Flags is { Pinned: true };

    /// <summary>Whether he put it aside.</summary>
    public bool IsArchived => _now.Item.Flags is { Archived: true };

    /// <summary>Before when its messages are not to notify him; null for always. It may have passed, and nothing tells when it does.</summary>
    public DateTimeOffset? SilencedUntil => _now.Item.Flags?.SilencedUntil;

    /// <summary>Whether its messages are not to notify him now, by this device's clock.</summary>
    public bool IsMuted => SilencedUntil > _client.Options.TimeProvider.GetUtcNow();

    /// <summary>What he has begun to write; null for nothing.</summary>
    public string? Draft => _now.Item.Flags?.Draft;

    /// <summary>Whether he is out: nothing new comes.</summary>
    public bool HasLeft => _now.Item.Left;

    /// <summary>The others who type or rest now.</summary>
    public ImmutableSortedDictionary<UserId, TypingState> Typing => _now.Typing;

    /// <summary>Whether somebody else types.</summary>
    public bool IsTyping => _now.Typing.ContainsValue(TypingState.Started);

    /// <summary>All of it as a value, which stays as it is.</summary>
    public ListedConversation Now => _now;

    internal void Become(ListedConversation now)
    {
        if (ReferenceEquals(now, _now) || now == _now) return;
        var before = Bound();
        _now = now;
        foreach (var ((name, was), (_, @is)) in before.Zip(Bound()))
        {
            if (!Equals(was, @is)) Changed(name);
        }

        Changed(nameof(Now));
    }

    private (string Name, object? Value)[] Bound() =>
    [
        (nameof(Name), Name), (nameof(Title), Title), (nameof(PeerProfile), PeerProfile), (nameof(LastMessage), LastMessage), (nameof(LastText), LastText), (nameof(LastSender), LastSender),
        (nameof(LastActivity), LastActivity), (nameof(Unread), Unread), (nameof(UnreadIsMore), UnreadIsMore), (nameof(Mentions), Mentions), (nameof(IsUnread), IsUnread), (nameof(IsPinned), IsPinned),
        (nameof(IsArchived), IsArchived), (nameof(SilencedUntil), SilencedUntil), (nameof(IsMuted), IsMuted), (nameof(Draft), Draft), (nameof(HasLeft), HasLeft), (nameof(Typing), Typing), (nameof(IsTyping), IsTyping),
    ];

    private void Changed(string name) => _client.CallEach(PropertyChanged, nameof(PropertyChanged), listener => listener(this, new PropertyChangedEventArgs(name)));
}
