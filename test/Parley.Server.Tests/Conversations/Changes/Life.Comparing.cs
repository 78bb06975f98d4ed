using System.Text.Json;
using Parley.Client;

namespace Parley.Tests.Conversations;

/// <content>What is compared in the end.</content>
internal sealed partial class Life
{
    private async Task CompareAsync()
    {
        foreach (var those in _devices.Values.Where(device => device.Known.Conversation == _id).GroupBy(device => device.User))
        {
            var told = await _ground.StateAsync(those.Key, _id);
            var fresh = told.Value is { } state ? await NewcomerAsync(state, those.Key) : null;
            foreach (var device in those)
            {
                await ReconnectAsync(device);
                Compare(device, device.Known, fresh, told);
            }
        }
    }

    /// <summary>What a new device is told, with all that it may read.</summary>
    private async Task<Timeline> NewcomerAsync(ConversationState state, UserId user)
    {
        var timeline = await WithAttributesAsync(Timeline.At(state, user), state);
        while (!timeline.IsComplete)
        {
            if ((await _ground.EntriesAsync(user, new ReadEntries(_id, Before: timeline.First))).Value is not { } page) return timeline;
            timeline = timeline.Prepend(page).Timeline;
        }

        return timeline;
    }

    private void Compare(LifeDevice device, Timeline known, Timeline? fresh, Outcome<ConversationState> told)
    {
        if (fresh is null)
        {
            Assert.True(told.Refusal == Refusals.ConversationDeleted && known.IsDeleted, $"{this}: {device} does not know that it is over: {told.Refusal}\n{Said}");
            return;
        }

        var state = told.Value!;
        // Who may not read is told how it is when he asks, and hears of no change.
        if (!(state.Own.Left || state.Own.Permissions.HasFlag(Permissions.Read)) || (state.Own.Left && state.Head == Sequence.None)) return;
        Assert.True(known.NeedsState == (!fresh.HasLeft && device.WasToldLittle), $"{this}: {device} does not know whether it was told all: {known.NeedsState} {known.HasLeft} {known.Head}, {device.WasToldLittle} {fresh.HasLeft} {fresh.Head}\n{Said}");
        foreach (var (what, knows, is_) in Differences(known, fresh, device.WasToldLittle))
            Assert.Fail($"{this}: {what}: {device} knows {knows}\n and is told {is_}\n{Said}");
    }

    private string Said => string.Join('\n', Story);

    /// <summary>What a device knows otherwise than a new one is told.</summary>
    /// <param name="known">What it knows.</param>
    /// <param name="fresh">What it is told.</param>
    /// <param name="partial">Whether something was not told to it.</param>
    public static IEnumerable<(string What, string Knows, string Is)> Differences(Timeline known, Timeline fresh, bool partial)
    {
        if ((known.Head, known.HasLeft, known.IsDeleted) != (fresh.Head, fresh.HasLeft, fresh.IsDeleted)) yield return ("where it is", $"{known.Head} {known.HasLeft}", $"{fresh.Head} {fresh.HasLeft}");
        var from = fresh.Kind == ConversationKind.Room ? FirstShown(known, fresh) : known.First;
        if (Items(known, from) is var shown && Items(fresh, from) is var read && !shown.SequenceEqual(read, partial || fresh.HasLeft ? AlikeOrOlder : Alike)) yield return ("items", Told(shown), Told(read));
        // In a room nothing is unread.
        if (fresh.Kind != ConversationKind.Room && (known.ReadUpTo != fresh.ReadUpTo || !(fresh.HasLeft || known.ReadAhead.SetEquals(fresh.ReadAhead)))) yield return ("own cursors", $"{known.ReadUpTo} {string.Join(',', known.ReadAhead)}", $"{fresh.ReadUpTo} {string.Join(',', fresh.ReadAhead)}");
        // Who did not hear of all that happened asks again. Who is out is told no more than the title.
        if (known.NeedsState) yield break;
        if (known.Title != fresh.Title && !(fresh.HasLeft && partial)) yield return ("title", $"{known.Title}", $"{fresh.Title}");
        if (fresh.HasLeft) yield break;
        if ((known.Kind, known.DefaultPermissions, known.ParticipantCount, known.Settings) != (fresh.Kind, fresh.DefaultPermissions, fresh.ParticipantCount, fresh.Settings))
            yield return ("settings", $"{known.Kind} {known.DefaultPermissions} {known.ParticipantCount} {known.Settings}", $"{fresh.Kind} {fresh.DefaultPermissions} {fresh.ParticipantCount} {fresh.Settings}");
        if (!known.Attributes!.SequenceEqual(fresh.Attributes!)) yield return ("attributes", Told(known.Attributes!), Told(fresh.Attributes!));
        var (people, really) = (known.Participants?.Values ?? [], fresh.Participants?.Values ?? []);
        if (!people.SequenceEqual(really)) yield return ("participants", Told(people), Told(really));
    }

    /// <summary>Who comes into a room again is shown its last entries only; a device that was away meanwhile keeps what it was shown before.</summary>
    private static Sequence FirstShown(Timeline known, Timeline fresh) =>
        fresh.Items.FirstOrDefault(item => item is not TimelinePlaceholder) is { } first && first.From > known.First ? first.From : known.First;

    /// <summary>From a place on; what is not shown side by side is one, on however many pages it came.</summary>
    private static List<TimelineItem> Items(Timeline timeline, Sequence from)
    {
        var items = new List<TimelineItem>();
        foreach (var item in timeline.Items.Where(item => item.To >= from))
        {
            if (item is TimelinePlaceholder next && items.Count > 0 && items[^1] is TimelinePlaceholder last && last.Why == next.Why) items[^1] = last with { To = next.To };
            else items.Add(item is TimelinePlaceholder first && first.From < from ? first with { From = from } : item);
        }

        return items;
    }

    /// <summary>Records with lists in them are equal by reference only, so of those that are not what crosses the wire is compared.</summary>
    private static EqualityComparer<TimelineItem> Alike { get; } = EqualityComparer<TimelineItem>.Create((one, other) => one!.Equals(other) || Told(one) == Told(other!));

    /// <summary>As the other, where messages may be changed by entries that the user does not see.</summary>
    private static EqualityComparer<TimelineItem> AlikeOrOlder { get; } = EqualityComparer<TimelineItem>.Create((known, fresh) =>
        Alike.Equals(known, fresh) || (known is TimelineMessage { IsRecalled: false } before && fresh is TimelineMessage now && now.Message == before.Message && (now.IsRecalled || now.Version > before.Version)));

    private static string Told(TimelineItem item) => item switch
    {
        TimelineMessage message => $"{message with { Content = MessageContent.None, Recipients = null }} {JsonSerializer.Serialize(message.Content, ProtocolJson.Lenient.MessageContent)}",
        TimelineEvent happened => $"{happened.Sequence} {happened.At:O} {JsonSerializer.Serialize(happened.Event, ProtocolJson.Lenient.ConversationEvent)}",
        _ => $"{item}",
    };

    private static string Told(IEnumerable<TimelineItem> items) => string.Join("\n  ", items.Select(Told));

    private static string Told(IEnumerable<KeyValuePair<string, string>> attributes) => string.Join(", ", attributes.Select(one => $"{one.Key}={one.Value}"));

    private static string Told(IEnumerable<TimelineParticipant> participants) =>
        string.Join("; ", participants.Select(one => $"{one.User} {one.Permissions} {one.MutedUntil:O} {one.IsAllowed} {one.DeliveredUpTo}/{one.ReadUpTo}/{string.Join(',', one.ReadAhead)} [{(one.Attributes is { } some ? Told(some) : "?")}]"));
}
