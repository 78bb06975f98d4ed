using Parley.Conversations;

namespace Parley.Tests.Conversations;

/// <summary>What a <see cref="Life"/> is lived on: something that takes requests of a conversation's people and remembers.</summary>
internal interface IGround
{
    Task<ConversationId> CreateAsync(string creator, CreateConversation command);

    /// <summary>Asks for a change, or to send.</summary>
    Task<Outcome<LogEntry>> AskAsync(string actor, object command);

    Task<Outcome<ConversationState>> StateAsync(string user, ConversationId conversation);

    Task<Outcome<EntriesPage>> EntriesAsync(string user, ReadEntries query);
}

/// <summary>A node with its database.</summary>
internal sealed class ServerGround(TestServer server) : IGround
{
    public Task<ConversationId> CreateAsync(string creator, CreateConversation command) => server.MakeAsync(command, creator);

    public Task<Outcome<LogEntry>> AskAsync(string actor, object command) => server.AskAsync<LogEntry>(server.As(actor), command);

    public Task<Outcome<ConversationState>> StateAsync(string user, ConversationId conversation) =>
        server.AskAsync<ConversationState>(server.As(user), new GetConversation(conversation));

    public Task<Outcome<EntriesPage>> EntriesAsync(string user, ReadEntries query) => server.EntriesAsync(user, query);
}

/// <summary>One conversation in memory: the same rules decide, and what <see cref="EntryEffects"/> does to rows is done to records.</summary>
/// <remarks>Everybody reads the whole log while he is in it, which is what a life of groups and broadcasts asks for.</remarks>
/// <param name="people">Everybody who will ever be named.</param>
internal sealed class MemoryGround(IEnumerable<string> people) : IGround
{
    private readonly List<LogEntry> _log = [];
    private readonly Dictionary<UserId, (Sequence At, string? Title)> _left = [];
    private ConversationId _id;
    private Conversation _rules = null!;

    public Task<ConversationId> CreateAsync(string creator, CreateConversation command)
    {
        _id = command.Conversation;
        var created = CreationRules.Create(new UserId(creator), command).Value!;
        var known = people.Select(user => Participation.Never(new UserId(user))).ToDictionary(one => one.User);
        foreach (var one in created.Participants) known[one.User] = known[one.User] with { Permissions = one.Permissions ?? created.DefaultPermissions, Standing = Standing.Joined };
        var settings = created.Settings ?? new ConversationSettings();
        _rules = new Conversation(created.Kind, 0, created.DefaultPermissions, known.Values.Count(one => one.Permissions.HasFlag(Permissions.Owner)), known)
        {
            Participants = created.Participants.Count,
            Texts = new Texts(created.Title, settings.Description, settings.Announcement, settings.CustomData),
            Traits = Of(Traits.Public, settings.Public) | Of(Traits.Approval, settings.Approval) | Of(Traits.MembersInvite, settings.MembersInvite)
                | Of(Traits.ConfirmInvitations, settings.ConfirmInvitations) | Of(Traits.Muted, settings.Muted),
        };
        Record(created);
        return Task.FromResult(_id);

        static Traits Of(Traits trait, bool on) => on ? trait : Traits.None;
    }

    public Task<Outcome<LogEntry>> AskAsync(string actor, object command) => Task.FromResult(Ask(new UserId(actor), command));

    private Outcome<LogEntry> Ask(UserId actor, object command)
    {
        var outcome = Decide(actor, command);
        if (outcome.Value is not { } decision) return outcome.Refusal!;
        if (_rules.Participants + decision.Joining > decision.AtMost) return decision.TooMany;
        var entry = Record(decision.Event);
        Apply(decision, entry.Sequence);
        return entry;
    }

    public Task<Outcome<ConversationState>> StateAsync(string user, ConversationId conversation)
    {
        var own = _rules.Known[new UserId(user)];
        if (Gone(own) is { } refusal) return Task.FromResult<Outcome<ConversationState>>(refusal);
        var head = HeadOf(own);
        if (own.Standing == Standing.Left)
        {
            return Task.FromResult<Outcome<ConversationState>>(new ConversationState(_id, _rules.Kind, _left[own.User].Title, _log[0].At, null, head, new Sequence(1), null, null, null,
                new OwnParticipation(Permissions.None, default, default, Left: true)));
        }

        var (texts, traits) = (_rules.Texts!, _rules.Traits);
        var settings = new ConversationSettings(texts.Description, texts.Announcement, texts.CustomData, HistoryVisibility.All,
            traits.HasFlag(Traits.Public), traits.HasFlag(Traits.Approval), traits.HasFlag(Traits.MembersInvite), traits.HasFlag(Traits.ConfirmInvitations), traits.HasFlag(Traits.Muted));
        return Task.FromResult<Outcome<ConversationState>>(new ConversationState(_id, _rules.Kind, texts.Title, _log[0].At, 0, head, new Sequence(1), _rules.DefaultPermissions, _rules.Participants,
            [
                .. from one in _rules.Known.Values
                   where one.Standing == Standing.Joined
                   select new ParticipantState(one.User, one.Permissions, default, default, null, one.Moderation.MutedUntil, one.Moderation.Allowed),
            ],
            new OwnParticipation(own.Permissions, default, default), settings));
    }

    public Task<Outcome<EntriesPage>> EntriesAsync(string user, ReadEntries query)
    {
        var own = _rules.Known[new UserId(user)];
        if (Gone(own) is { } refusal) return Task.FromResult<Outcome<EntriesPage>>(refusal);
        var (after, head) = ((int)query.After!.Value.Value, (int)HeadOf(own).Value);
        var entries = _log.Take(head).Skip(after).Take(query.Limit!.Value).ToArray();
        return Task.FromResult<Outcome<EntriesPage>>(new EntriesPage(_id, entries, null, new Sequence(head), new Sequence(1), after + entries.Length < head));
    }

    private Refusal? Gone(Participation own) => own.Standing == Standing.Never ? Refusals.NotFound : _rules.Traits.HasFlag(Traits.Deleted) ? Refusals.ConversationDeleted : null;

    private Sequence HeadOf(Participation own) => own.Standing == Standing.Left ? _left[own.User].At : new Sequence(_log.Count);

    private LogEntry Record(ConversationEvent happened)
    {
        var entry = new LogEntry(_id, new Sequence(_log.Count + 1), Now, happened);
        _log.Add(entry);
        return entry;
    }

    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000 + _log.Count);

    private Outcome<Decision> Decide(UserId actor, object command) => command switch
    {
        SendMessage send => _rules.Send(actor, new MessageSent(send.Message, actor, send.Content), Now),
        AddParticipants add => _rules.Add(actor, add.Users),
        RemoveParticipants remove => _rules.Remove(actor, remove.Users),
        LeaveConversation => _rules.Leave(actor),
        JoinConversation join => _rules.Join(actor, join.Message),
        InviteParticipants invite => _rules.Invite(actor, invite.Users),
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
        _ => throw new ArgumentException($"no rule is for {command.GetType().Name}", nameof(command)),
    };

    private void Apply(Decision decision, Sequence at)
    {
        var known = _rules.Known.ToDictionary();
        IEnumerable<(UserId User, Permissions? Permissions)> came = decision.Event switch
        {
            ParticipantsAdded added => added.Participants.Select(one => (one.User, one.Permissions)),
            ParticipantJoined joined => [(joined.Actor, joined.Permissions)],
            _ => [],
        };
        foreach (var (user, permissions) in came) Change(user, one => one with { Permissions = permissions ?? decision.Newcomers, Standing = Standing.Joined });
        IEnumerable<UserId> went = decision.Event switch
        {
            ParticipantsRemoved removed => removed.Users,
            ParticipantsBanned banned => banned.Users.Where(user => known[user].Standing == Standing.Joined),
            ParticipantLeft left => [left.Actor],
            _ => [],
        };
        foreach (var user in went)
        {
            Change(user, one => one with { Permissions = one.Permissions & Permissions.Read, Standing = Standing.Left });
            _left[user] = (at, _rules.Texts!.Title);
        }

        if (decision.Event is PermissionsChanged permitted) foreach (var one in permitted.Participants) Change(one.User, before => before with { Permissions = one.Permissions!.Value });
        if (decision.Event is ParticipantsInvited invited) foreach (var user in invited.Users) Change(user, one => one with { Pending = Pending.Invited, InvitedBy = invited.Actor });
        if (decision.Event is JoinRequested requested) Change(requested.Actor, one => one with { Pending = Pending.Requested, InvitedBy = null });
        foreach (var (user, moderation) in decision.Moderated) Change(user, one => one with { Moderation = moderation });
        foreach (var user in decision.Settled) Change(user, one => one with { Pending = Pending.None, InvitedBy = null });

        _rules = _rules with { Known = known, Owners = _rules.Owners + decision.Owning, Participants = _rules.Participants + decision.Joining };
        if (decision.Event is ConversationDeleted) _rules = _rules with { Traits = (_rules.Traits | Traits.Deleted) & ~Traits.Public };
        if (decision.Event is ConversationChanged changed) Settle(changed);

        void Change(UserId user, Func<Participation, Participation> change) => known[user] = change(known[user]);
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
