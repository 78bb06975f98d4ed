using System.Globalization;
using Parley.Client;

namespace Parley.Chat;

/// <summary>The commands about what concerns the user alone: where a conversation stands in his inbox, how he can be reached, and where he is signed in. Devices are told by numbers.</summary>
internal sealed class ChatShelf(ParleyClient client, TimeZoneInfo zone, Action<string> notice)
{
    private const int MaxShown = 20;

    private IReadOnlyList<DeviceSession> _devices = [];

    /// <summary>Does a command; false when it is none of these, or there is no conversation for it.</summary>
    /// <exception cref="ParleyException">The server will not, or was not reached.</exception>
    public async Task<bool> DoAsync(ChatInput input, ConversationId? here, CancellationToken cancel)
    {
        switch (input)
        {
            case ChatInput.SetStatus(var status, var text):
                var own = await client.Presence.SetAsync(status, text, cancel);
                notice($"You are {StatusOf(own)}.");
                return true;
            case ChatInput.ShowDevices:
                Tell(await client.Users.DevicesAsync(cancel));
                return true;
            case ChatInput.SignOut(var number):
                await SignOutAsync(number, cancel);
                return true;
            case ChatInput.Shelve(var step) when here is { } conversation:
                await client.Inbox.UpdateAsync(ChangeOf(conversation, step), cancel);
                notice(SentenceOf(step));
                return true;
            case ChatInput.Silence(var time) when here is { } conversation:
                var until = time is { } span ? TimeProvider.System.GetUtcNow() + client.ServerTimeOffset + span : MuteParticipants.Forever;
                await client.Inbox.UpdateAsync(new UpdateInbox(conversation, SilencedUntil: until), cancel);
                notice($"You are not to be notified of this conversation {ChatSentences.Until(until)}.");
                return true;
            case ChatInput.Unsilence when here is { } conversation:
                await client.Inbox.UpdateAsync(new UpdateInbox(conversation, SilencedUntil: DateTimeOffset.UnixEpoch), cancel);
                notice("You are to be notified of this conversation.");
                return true;
            default:
                return false;
        }
    }

    private async Task SignOutAsync(int number, CancellationToken cancel)
    {
        if (number < 1 || number > _devices.Count) notice($"{number} is no number of /devices.");
        else if (_devices[number - 1].Current) notice("That is this chat: /quit leaves it.");
        else Tell(await client.Users.EndDeviceAsync(_devices[number - 1].Device, cancel));
    }

    private void Tell(IReadOnlyList<DeviceSession> devices)
    {
        _devices = devices;
        notice(string.Join('\n', devices.Select((one, index) => LineOf(index + 1, one))));
    }

    private string LineOf(int number, DeviceSession one)
    {
        var program = one.Client is { } name ? $", {DisplayText.Truncate(DisplayText.Line(name), MaxShown)}" : "";
        var since = TimeZoneInfo.ConvertTime(one.Since, zone).ToString("d MMMM HH:mm", CultureInfo.InvariantCulture);
        return $"{number,3}  {DisplayText.Truncate(one.Device.ToString(), MaxShown)}{program}, since {since}{(one.Current ? "  (this chat)" : "")}";
    }

    private static UpdateInbox ChangeOf(ConversationId conversation, ShelfStep step) => step switch
    {
        ShelfStep.Pin => new UpdateInbox(conversation, Pinned: true),
        ShelfStep.Unpin => new UpdateInbox(conversation, Pinned: false),
        ShelfStep.Archive => new UpdateInbox(conversation, Archived: true),
        ShelfStep.Unarchive => new UpdateInbox(conversation, Archived: false),
        _ => new UpdateInbox(conversation, Hidden: true),
    };

    private static string SentenceOf(ShelfStep step) => step switch
    {
        ShelfStep.Pin => "This conversation is pinned.",
        ShelfStep.Unpin => "This conversation is pinned no longer.",
        ShelfStep.Archive => "This conversation is put aside.",
        ShelfStep.Unarchive => "This conversation is back in your inbox.",
        _ => "This conversation is out of sight until something new is in it.",
    };

    private static string StatusOf(PresenceState own)
    {
        var status = own.Status switch
        {
            PresenceStatus.Online => "online",
            PresenceStatus.Away => "away",
            PresenceStatus.Busy => "busy",
            PresenceStatus.Invisible => "invisible",
            _ => "offline",
        };
        return own.Text is { } text ? $"{status}: {DisplayText.Line(text)}" : status;
    }
}
