using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Client;

/// <content>What comes without being asked for.</content>
internal sealed partial class Follower
{
    /// <summary>A notification came.</summary>
    public void Notified(Incoming notification)
    {
        try
        {
            switch (notification.Method)
            {
                case Methods.Entry when Read(notification, ProtocolJson.Lenient.LogEntry) is { } entry:
                    Landed(entry);
                    break;
                case Methods.Head when Read(notification, ProtocolJson.Lenient.HeadMoved) is { } moved:
                    HeadMoved(moved);
                    break;
                case Methods.Receipt when Read(notification, ProtocolJson.Lenient.ReceiptsMoved) is { } receipts:
                    CursorsMoved(receipts);
                    break;
                case Methods.Room when Read(notification, ProtocolJson.Lenient.RoomChanged) is { } changed:
                    RoomMoved(changed);
                    break;
                case Methods.Inbox when Read(notification, ProtocolJson.Lenient.InboxChanged) is { } changed:
                    Shelved(changed);
                    break;
                case Methods.Invitation when Read(notification, ProtocolJson.Lenient.InvitationChanged) is { } changed:
                    happened(new Happening.Invitations(changed.Conversation));
                    break;
                case Methods.MessagesRemoved when Read(notification, ProtocolJson.Lenient.MessagesRemoved) is { } removed:
                    happened(new Happening.Removed(removed));
                    break;
                case Methods.OnlineMessage when Read(notification, ProtocolJson.Lenient.OnlineMessage) is { } told:
                    happened(new Happening.ToldOnline(told));
                    break;
                case Methods.MessagesExpired when Read(notification, ProtocolJson.Lenient.MessagesExpired) is { } expired:
                    happened(new Happening.Expired(expired));
                    break;
                case Methods.MessageRefused when Read(notification, ProtocolJson.Lenient.MessageRefused) is { } refused:
                    happened(new Happening.RefusedElsewhere(refused));
                    break;
            }
        }
        catch (JsonException error)
        {
            // Nothing is lost: a later entry, head or catch-up shows the gap.
            Log.Unreadable(_logger, notification.Method, error);
        }
    }

    /// <summary>The user's own removal was answered.</summary>
    public void Removed(MessagesRemoved removed) => happened(new Happening.Removed(removed));

    private void HeadMoved(HeadMoved moved)
    {
        lock (_gate)
        {
            var one = Follow(moved.Conversation);
            one.Recency = ++_recency;
            one.Track.SawHead(moved.Head);
            one.LacksStart = one.Track.Applied is null;
            if (one.LacksStart && _changesAreComplete) ReadOn(one, TimeSpan.Zero);
            else ReadIfBehind(one, TimeSpan.Zero);
            MissedFlags();
        }
    }

    private void CursorsMoved(ReceiptsMoved receipts)
    {
        lock (_gate)
        {
            if (_link is null) return;
            var one = Follow(receipts.Conversation);
            foreach (var moved in receipts.Moved)
            {
                happened(new Happening.Cursors(new CursorsMoved(one.Id, moved.User, moved.DeliveredUpTo, moved.ReadUpTo, moved.ReadAhead, moved.At)));
                if (moved.User != _user) Tell(one, one.Receipts.Moved(moved.User, new Reach(moved.DeliveredUpTo, moved.ReadUpTo, moved.ReadAhead, moved.At, moved.At, moved.At)));
            }
        }
    }

    private T? Read<T>(Incoming notification, JsonTypeInfo<T> type)
    {
        var value = JsonSerializer.Deserialize(notification.Body.Span, type);
        if (value is null) Log.Unreadable(_logger, notification.Method, null);
        return value;
    }
}
