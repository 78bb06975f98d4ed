using Parley.Storage;

namespace Parley.Delivery;

/// <summary>One conversation on this node: who receives it, and how far it was offered.</summary>
internal sealed class Channel(ConversationKey key)
{
    private volatile Subscriber[] _subscribers = [];

    public ConversationKey Key => key;

    /// <summary>Replaced whole, by <see cref="Subscriptions"/> under its lock; read without one.</summary>
    public Subscriber[] Subscribers
    {
        get => _subscribers;
        set => _subscribers = value;
    }

    /// <summary>Guards the order in which entries are offered.</summary>
    public Lock Order { get; } = new();

    /// <summary>The newest sequence offered; none before the first.</summary>
    public Sequence Offered { get; set; }

    /// <summary>Entries that came ahead of one that is being read from the log; null when nothing is.</summary>
    public SortedDictionary<Sequence, PublishedEntry>? Ahead { get; set; }

    /// <summary>The newest sequence that came ahead when too many waited already: it must be read, too.</summary>
    public Sequence Dropped { get; set; }
}
