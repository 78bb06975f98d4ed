using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Messages;
using Parley.People;

namespace Parley.Tests.Conversations;

/// <summary>One conversation in memory: the same rules decide, and what <see cref="EntryEffects"/> does to rows is done to records.</summary>
/// <param name="people">Everybody who will ever be named.</param>
internal partial class MemoryGround(IEnumerable<UserId> people) : IGround
{
    private static readonly MessageLimits Limits = MessagePolicy.Of(new AppOptions()).Limits;

    private readonly List<LogEntry> _log = [];
    private readonly Dictionary<UserId, Place> _places = people.ToDictionary(user => user, _ => new Place());
    private readonly Dictionary<string, SortedDictionary<string, (string Value, UserId Actor)>> _attributes = [];
    private readonly Dictionary<MessageId, Message> _messages = [];
    private readonly HashSet<(UserId By, UserId Blocked)> _blocks = [];
    private ConversationId _id;
    private Conversation _rules = null!;
    private HistoryVisibility _history;

    public Task<ConversationId> CreateAsync(UserId creator, CreateConversation command)
    {
        _id = command.Conversation;
        var created = CreationRules.Create(creator, command).Value!;
        var known = _places.Keys.Select(Participation.Never).ToDictionary(one => one.User);
        foreach (var one in created.Participants)
        {
            known[one.User] = known[one.User] with { Permissions = one.Permissions ?? created.DefaultPermissions, Standing = Standing.Joined };
            _places[one.User].Intervals.Add((1, null));
        }

        var settings = created.Settings ?? new ConversationSettings();
        _history = settings.History;
        _rules = new Conversation(created.Kind, 0, created.DefaultPermissions, known.Values.Count(one => one.Permissions.HasFlag(Permissions.Owner)), known)
        {
            Participants = created.Participants.Count,
            Texts = new Texts(created.Title, settings.Description, settings.Announcement, settings.CustomData),
            Traits = Of(Traits.Public, settings.Public) | Of(Traits.Approval, settings.Approval) | Of(Traits.MembersInvite, settings.MembersInvite)
                | Of(Traits.ConfirmInvitations, settings.ConfirmInvitations) | Of(Traits.Muted, settings.Muted) | Of(Traits.Distinct, settings.Distinct),
        };
        Record(created);
        return Task.FromResult(_id);

        static Traits Of(Traits trait, bool on) => on ? trait : Traits.None;
    }

    public Task<Outcome<LogEntry>> AskAsync(UserId actor, object command) => Task.FromResult(Ask(actor, command));

    private Outcome<LogEntry> Ask(UserId actor, object command)
    {
        var outcome = Decide(actor, command);
        if (outcome.Value is not { } decision) return outcome.Refusal!;
        if (_rules.Participants + decision.Joining > decision.AtMost) return decision.TooMany;
        var entry = Record(decision.Event);
        Apply(decision, entry);
        Tell(entry, decision);
        return entry;
    }

    /// <summary>An entry was recorded.</summary>
    private protected virtual void Tell(LogEntry entry, Decision decision)
    {
    }

    public Task<Outcome<BlockList>> BlockAsync(UserId user, object command)
    {
        var (others, blocked) = command switch
        {
            AddBlocks add => (add.Users, true),
            RemoveBlocks remove => (remove.Users, false),
            _ => throw new ArgumentException($"no list is changed by {command.GetType().Name}", nameof(command)),
        };
        if (others.Contains(user)) return Task.FromResult<Outcome<BlockList>>(Refusals.InvalidParams);
        foreach (var other in others) _ = blocked ? _blocks.Add((user, other)) : _blocks.Remove((user, other));
        return Task.FromResult<Outcome<BlockList>>(new BlockList([.. _blocks.Where(one => one.By == user).Select(one => one.Blocked).Order()]));
    }

    private LogEntry Record(ConversationEvent happened)
    {
        var entry = new LogEntry(_id, new Sequence(_log.Count + 1), Now, happened);
        _log.Add(entry);
        return entry;
    }

    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000 + _log.Count);

    private Outcome<Decision> Decide(UserId actor, object command) => command switch
    {
        SendMessage send => Seen(actor).Send(actor, new MessageSent(send.Message, actor, send.Content), Now),
        EditMessage edit => Seen(actor, edit.Message).Edit(actor, edit, Limits, Now),
        RecallMessage recall => Seen(actor, recall.Message).Recall(actor, recall.Message, Limits, RecallForce.None, Now),
        AddParticipants add => _rules.Add(actor, add.Users),
        RemoveParticipants remove => _rules.Remove(actor, remove.Users),
        LeaveConversation => _rules.Leave(actor),
        JoinConversation join => _rules.Join(actor, join.Message),
        InviteParticipants invite => _rules.Invite(actor, invite.Users),
        WithdrawInvitations withdraw => _rules.WithdrawInvitations(actor, withdraw.Users),
        ApproveJoins approve => _rules.Approve(actor, approve.Users),
        DeclineJoins decline => _rules.Decline(actor, decline.Users),
        DeclineInvitation => _rules.DeclineInvitation(actor),
        ChangePermissions change => _rules.SetPermissions(actor, change.Participants),
        MuteParticipants mute => _rules.Mute(actor, mute.Users, mute.Until ?? MuteParticipants.Forever, Now),
        UnmuteParticipants unmute => _rules.Unmute(actor, unmute.Users),
        BanParticipants ban => _rules.Ban(actor, ban.Users),
        UnbanParticipants unban => _rules.Unban(actor, unban.Users),
        AllowParticipants allow => _rules.Allow(actor, allow.Users),
        DisallowParticipants disallow => _rules.Disallow(actor, disallow.Users),
        UpdateConversation update => _rules.Update(actor, update),
        DeleteConversation => _rules.Delete(actor),
        SetAttributes set => SetAttributes(actor, set),
        _ => throw new ArgumentException($"no rule is for {command.GetType().Name}", nameof(command)),
    };

    private Outcome<Decision> SetAttributes(UserId actor, SetAttributes command)
    {
        var of = AttributesOf(command.User).ToDictionary(one => one.Key, one => (TextSize.Bytes(one.Value.Value), one.Value.Actor), StringComparer.Ordinal);
        var rules = _rules with { Attributes = new Attributes(new AttributeOwner(command.User), of) };
        var (set, remove) = (command.Set ?? new Dictionary<string, string>(), command.Remove ?? []);
        return command.User is { } whose ? rules.SetAttributesOf(actor, whose, set, remove, Now) : rules.SetAttributes(actor, set, remove, Now);
    }

    private SortedDictionary<string, (string Value, UserId Actor)> AttributesOf(UserId? user)
    {
        if (!_attributes.TryGetValue(user?.Value ?? "", out var attributes)) _attributes[user?.Value ?? ""] = attributes = new SortedDictionary<string, (string, UserId)>(StringComparer.Ordinal);
        return attributes;
    }

    /// <summary>The rules, with a message as somebody sees it, and what the other one of a direct conversation is to him.</summary>
    private Conversation Seen(UserId actor, MessageId? message = null)
    {
        var rules = _rules;
        if (_rules.Kind == ConversationKind.Direct)
        {
            var blocks = _blocks.Any(one => one.Blocked == actor && _rules.Known[one.By].Standing == Standing.Joined);
            rules = rules with { Known = new Dictionary<UserId, Participation>(rules.Known) { [actor] = rules.Known[actor] with { Person = Person.Unknown with { Peer = blocks ? Peer.Blocks : Peer.Open } } } };
        }

        if (message is not { } id) return rules;
        return rules with { Messages = new Dictionary<(MessageId, UserId), KnownMessage?> { [(id, actor)] = Known(id, actor) } };
    }

    private KnownMessage? Known(MessageId message, UserId user)
    {
        if (!_messages.TryGetValue(message, out var one) || one.Sequence.Value > HeadOf(user).Value || !Sees(user, one.Sequence.Value)) return null;
        var entry = At(one.Sequence.Value);
        return new KnownMessage(one.Sequence, entry.At, ((MessageSent)entry.Event).Sender, one.Kinds, one.Version, one.IsRecalled);
    }

    private void Apply(Decision decision, LogEntry entry)
    {
        if (IsOfMessages(entry)) return;
        var known = _rules.Known.ToDictionary();
        IEnumerable<(UserId User, Permissions? Permissions)> came = decision.Event switch
        {
            ParticipantsAdded added => added.Participants.Select(one => (one.User, one.Permissions)),
            ParticipantJoined joined => [(joined.Actor, joined.Permissions)],
            _ => [],
        };
        foreach (var (user, permissions) in came)
        {
            Change(user, one => one with { Permissions = permissions ?? decision.Newcomers, Standing = Standing.Joined });
            _places[user].Come(entry.Sequence.Value);
        }

        IEnumerable<UserId> went = decision.Event switch
        {
            ParticipantsRemoved removed => removed.Users,
            ParticipantsBanned banned => banned.Users.Where(user => known[user].Standing == Standing.Joined || decision.ForgetsLeavers),
            PermissionsChanged permissions when decision.ForgetsLeavers => permissions.Participants.Select(one => one.User).Where(user => known[user].Standing == Standing.Left),
            ParticipantLeft left => [left.Actor],
            _ => [],
        };
        foreach (var user in went)
        {
            Change(user, one => decision.ForgetsLeavers ? Forgotten(one) : one with { Permissions = one.Permissions & Permissions.Read, Standing = Standing.Left });
            if (!decision.ForgetsLeavers) _places[user].Go(entry.Sequence.Value, _rules.Texts!.Title);
            AttributesOf(user).Clear();
        }

        if (decision.Event is PermissionsChanged permitted)
            foreach (var one in permitted.Participants.Where(one => known[one.User].Standing == Standing.Joined)) Change(one.User, before => before with { Permissions = one.Permissions!.Value });
        if (decision.Event is ParticipantsInvited invited) foreach (var user in invited.Users) Change(user, one => one with { Pending = Pending.Invited, InvitedBy = invited.Actor });
        if (decision.Event is JoinRequested requested) Change(requested.Actor, one => one with { Pending = Pending.Requested, InvitedBy = null });
        if (decision.Event is AttributesChanged attributes) Set(attributes);
        foreach (var (user, moderation) in decision.Moderated) Change(user, one => one with { Moderation = moderation });
        foreach (var user in decision.Settled) Change(user, one => one with { Pending = Pending.None, InvitedBy = null });

        _rules = _rules with { Known = known, Owners = _rules.Owners + decision.Owning, Participants = _rules.Participants + decision.Joining };
        if (decision.EndsDistinct) _rules = _rules with { Traits = _rules.Traits & ~Traits.Distinct };
        if (decision.Event is ConversationDeleted) _rules = _rules with { Traits = (_rules.Traits | Traits.Deleted) & ~Traits.Public };
        if (decision.Event is ConversationChanged changed) Settle(changed);

        void Change(UserId user, Func<Participation, Participation> change) => known[user] = change(known[user]);
    }

    private void Set(AttributesChanged changed)
    {
        var attributes = AttributesOf(changed.User);
        foreach (var (name, value) in changed.Set ?? new Dictionary<string, string>()) attributes[name] = (value, changed.Actor);
        foreach (var name in changed.Removed ?? []) attributes.Remove(name);
    }

    private void Settle(ConversationChanged changed)
    {
        var texts = _rules.Texts!;
        _rules = _rules with
        {
            DefaultPermissions = changed.DefaultPermissions ?? _rules.DefaultPermissions,
            Texts = new Texts(
                Text(changed.Title, texts.Title), Text(changed.Description, texts.Description), Text(changed.Announcement, texts.Announcement),
                changed.CustomData is null ? texts.CustomData : changed.CustomData.IsEmpty ? null : changed.CustomData),
            Traits = Set(Set(Set(Set(Set(_rules.Traits, Traits.Public, changed.Public), Traits.Approval, changed.Approval), Traits.MembersInvite, changed.MembersInvite),
                Traits.ConfirmInvitations, changed.ConfirmInvitations), Traits.Muted, changed.Muted),
        };

        static string? Text(string? wish, string? now) => wish is null ? now : wish.Length == 0 ? null : wish;
        static Traits Set(Traits traits, Traits one, bool? on) => on switch { true => traits | one, false => traits & ~one, null => traits };
    }
}
