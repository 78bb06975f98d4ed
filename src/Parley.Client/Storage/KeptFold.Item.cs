namespace Parley.Client;

/// <content>The conversation as a list shows it.</content>
internal sealed partial class KeptFold
{
    private InboxItem? _item;
    private bool _itemWasRead;
    private bool _itemChanged;

    /// <summary>From where on the user marked it unread: what counts then the server says.</summary>
    private readonly Sequence? _marked = flags?.UnreadFrom;

    private async Task<InboxItem?> ItemAsync()
    {
        if (_itemWasRead) return _item;
        _itemWasRead = true;
        if (!Range.HasItem) return null;
        return _item = await ReadAsync(KeptKind.Item, 0).ConfigureAwait(false) is { } record ? KeptValue.Read(record.Value, ProtocolJson.Lenient.InboxItem) : null;
    }

    private void Keep(InboxItem item) => (_item, _itemWasRead, _itemChanged, Range) = (item, true, true, Range with { HasItem = true });

    private async Task ChangeItemAsync(Func<InboxItem, InboxItem> change)
    {
        if (await ItemAsync().ConfigureAwait(false) is { } item && change(item) is var changed && !ReferenceEquals(changed, item)) Keep(changed);
    }

    /// <summary>The user has read, here or on another device.</summary>
    private async Task ReadAsync(CursorsMoved moved)
    {
        if (await ItemAsync().ConfigureAwait(false) is not { } item) return;
        var (delivered, read) = (Max(item.DeliveredUpTo, moved.DeliveredUpTo), Max(item.ReadUpTo, moved.ReadUpTo));
        if ((delivered, read) == (item.DeliveredUpTo, item.ReadUpTo) && moved.ReadAhead is not { Count: > 0 }) return;
        Keep(item with { DeliveredUpTo = delivered, ReadUpTo = read });
        await CountAgainAsync(Sequence.None).ConfigureAwait(false);
    }

    /// <summary>Counts what is unread, and looks for the last message, in what is kept. What is not kept counts as before, as far as there can be so much.</summary>
    /// <param name="tail">Before it there is nothing any more that could count.</param>
    private async Task CountAgainAsync(Sequence tail)
    {
        if (await ItemAsync().ConfigureAwait(false) is not { } item) return;
        if (item.ReadUpTo >= item.Head) Keep(item with { Unread = 0, UnreadIsMore = false, Mentions = 0, MentionsAreMore = false });
        else if (Range.IsEmpty || Range.First > Max(item.ReadUpTo.Next, tail)) Guess(item with { Unread = (int)Math.Min(item.Unread, item.Head.Value - Max(item.ReadUpTo, tail).Value) });
        else if (_marked is null) Keep(item.Counted(await PiecesAsync(item.ReadUpTo).ConfigureAwait(false), me, [.. (await StateAsync().ConfigureAwait(false))?.ReadAhead ?? []]));
        if (item.LastMessage?.Sequence < tail) await FindLastMessageAsync().ConfigureAwait(false);
    }

    /// <summary>The message that a list showed is no more: the one before it is, if that is kept.</summary>
    private async Task FindLastMessageAsync()
    {
        if (await ItemAsync().ConfigureAwait(false) is not { } item) return;
        var last = KeptItem.LastMessage(await PiecesAsync(Sequence.None).ConfigureAwait(false));
        Keep(item with { LastMessage = last });
        if (last is null && Range.First.Value > 1) (NeedsItem, Range) = (true, Range with { IsDoubtful = true });
    }

    /// <summary>Shows it so until the server has said how much is unread: what is kept does not tell.</summary>
    private void Guess(InboxItem item)
    {
        Keep(item);
        if (item.Unread > 0) (NeedsItem, Range) = (true, Range with { IsDoubtful = true });
    }

    /// <summary>The message that a list shows, where it is the one at this place: it may be kept nowhere else.</summary>
    private async Task<LogEntry?> LastMessageAsync(Sequence at) => await ItemAsync().ConfigureAwait(false) is { LastMessage: { } last } && last.Sequence == at ? last : null;

    private static Sequence Max(Sequence one, Sequence other) => one > other ? one : other;
}
