using System.Collections.Immutable;

namespace Parley.Client;

/// <content>What each event changes.</content>
public sealed partial record Timeline
{
    private Timeline Fold(LogEntry entry) => entry.Event switch
    {
        MessageSent sent when sent.Sender == Me => Drop(sent.Message),
        MessageEdited edited => Change(edited.Original, entry),
        MessageRecalled recalled => Change(recalled.Original, entry),
        ConversationCreated created => this with
        {
            Kind = created.Kind,
            Title = created.Title,
            DefaultPermissions = created.DefaultPermissions,
            Settings = created.Settings ?? new ConversationSettings(),
            Participants = created.Kind == ConversationKind.Room ? null : created.Participants.ToImmutableSortedDictionary(one => one.User, one => TimelineParticipant.New(one, created.DefaultPermissions, entry.Sequence)),
            ParticipantCount = created.Participants.Count,
            Attributes = NoAttributes,
        },
        ConversationChanged changed => Change(changed),
        AttributesChanged changed => Change(changed),
        ConversationDeleted => this with { IsDeleted = true },
        ParticipantsAdded added => Add(added.Participants, entry.Sequence),
        ParticipantJoined joined => Add([new Participant(joined.Actor, joined.Permissions, joined.MutedUntil, joined.Allowed)], entry.Sequence),
        ParticipantsRemoved removed => Remove(removed.Users),
        ParticipantsBanned banned => Remove(banned.Absent is { } absent ? [.. banned.Users.Except(absent)] : banned.Users),
        ParticipantLeft left => Remove([left.Actor]),
        PermissionsChanged changed => With(changed.Participants.Select(one => one.User),
            one => one with { Permissions = changed.Participants.First(changed => changed.User == one.User).Permissions ?? one.Permissions }),
        ParticipantsMuted muted => With(muted.Users, one => one with { MutedUntil = muted.Until }),
        ParticipantsUnmuted unmuted => With(unmuted.Users, one => one with { MutedUntil = null }),
        ParticipantsAllowed allowed => With(allowed.Users, one => one with { IsAllowed = true }),
        ParticipantsDisallowed disallowed => With(disallowed.Users, one => one with { IsAllowed = false }),
        _ => this,
    };

    private Timeline Change(ConversationChanged changed)
    {
        var settings = Settings ?? new ConversationSettings();
        return this with
        {
            Title = Text(changed.Title, Title),
            DefaultPermissions = changed.DefaultPermissions ?? DefaultPermissions,
            Settings = settings with
            {
                Description = Text(changed.Description, settings.Description),
                Announcement = Text(changed.Announcement, settings.Announcement),
                CustomData = changed.CustomData is null ? settings.CustomData : changed.CustomData.IsEmpty ? null : changed.CustomData,
                Public = changed.Public ?? settings.Public,
                Approval = changed.Approval ?? settings.Approval,
                MembersInvite = changed.MembersInvite ?? settings.MembersInvite,
                ConfirmInvitations = changed.ConfirmInvitations ?? settings.ConfirmInvitations,
                Muted = changed.Muted ?? settings.Muted,
            },
        };

        static string? Text(string? changed, string? before) => changed is null ? before : changed.Length == 0 ? null : changed;
    }

    private Timeline With(IEnumerable<UserId> users, Func<TimelineParticipant, TimelineParticipant> change)
    {
        if (Participants is not { } participants) return this;
        foreach (var user in users)
        {
            if (participants.TryGetValue(user, out var one)) participants = participants.SetItem(user, change(one));
        }

        return this with { Participants = participants };
    }

    private Timeline Add(IReadOnlyList<Participant> added, Sequence at)
    {
        var fresh = added.Where(one => Participants?.ContainsKey(one.User) != true).ToList();
        var isMine = fresh.Exists(one => one.User == Me);
        return this with
        {
            Participants = Participants?.AddRange(fresh.Select(one => KeyValuePair.Create(one.User, TimelineParticipant.New(one, DefaultPermissions ?? Permissions.None, at)))),
            ParticipantCount = ParticipantCount + fresh.Count,
            Settings = Settings is { Distinct: true } distinct ? distinct with { Distinct = false } : Settings,
            HasLeft = HasLeft && !isMine,
            // Who comes back keeps his cursors: what was said while he was away is unread.
            Own = isMine && !HasLeft ? Own.Move(new Sequence(at.Value - 1), new Sequence(at.Value - 1), null) : Own,
        };
    }

    private Timeline Remove(IReadOnlyList<UserId> users) => users.Count == 0 ? this : this with
    {
        Participants = Participants?.RemoveRange(users),
        ParticipantCount = ParticipantCount - (Participants is null ? users.Count : users.Count(Participants.ContainsKey)),
        Settings = Settings is { Distinct: true } distinct ? distinct with { Distinct = false } : Settings,
        HasLeft = HasLeft || users.Contains(Me),
    };
}
