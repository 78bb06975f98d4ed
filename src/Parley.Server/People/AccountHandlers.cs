using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.People;

/// <summary><c>user.put</c> and <c>user.list</c>: what the app's backend may do with its users. To be asked with an API key only.</summary>
internal sealed class AccountsHandler(PeopleReader people, PeopleWriter writer, PageTokens tokens, Func<AppId, AppOptions> options, TimeProvider clock)
{
    private const string List = "user.list";
    private const int DefaultLimit = 50;

    public void Handle(PlatformCaller caller, PutUser command, Origin origin)
    {
        var checkedChange = ProfileRules.Check(command.DisplayName, command.AvatarUrl, command.PublicData, command.PrivateData);
        if (checkedChange.Value is not { } change)
        {
            origin.Refuse(checkedChange.Refusal!);
            return;
        }

        if (command.Email is { Length: > 0 } email && AliasRules.EmailKey(email) is null)
        {
            origin.Refuse(Refusals.InvalidParams.Because("$.email: expected an e-mail address"));
            return;
        }

        var phone = command.Phone is { Length: > 0 } given ? AliasRules.Phone(given, options(caller.App).DefaultCountry) : command.Phone;
        if (phone is null && command.Phone is not null)
        {
            origin.Refuse(Refusals.InvalidParams.Because("$.phone: expected a telephone number, with + or of the app's default country"));
            return;
        }

        var user = new UserKey(caller.App, command.User);
        writer.PostFor(user, origin, async (session, before, now, cancel) =>
        {
            if (before.Status == UserStatus.Deleted) return Refusals.Suspended.Because("the user is deleted, for ever");
            var after = before.With(change) with { Email = ProfileChange.After(command.Email, before.Email), Phone = ProfileChange.After(phone, before.Phone) };
            if (after.Email != before.Email || after.Phone != before.Phone)
            {
                await ProfileStore.HoldAliasesAsync(session, caller.App, cancel);
                if (await ProfileStore.IsTakenAsync(session, user, after, cancel)) return Refusals.AliasInUse;
            }

            var (row, signals) = await ProfileStore.ChangeAsync(session, user, before, after, cancel);
            var answer = new PeopleChanged(UserAnswers.Of(row.Account(now))) { Signals = signals, Shown = ProfileStore.ShownIn(signals) };
            if (command.Messaging is not { } has || has == row.HasMessaging) return answer;
            row = await StandingStore.GiveMessagingAsync(session, user, row with { HasMessaging = has }, cancel);
            var directs = await Directs.ChangeRulesAsync(session, user, cancel);
            return answer with { Answer = UserAnswers.Of(row.Account(now)), Judged = user, Stale = directs };
        }, conversations: command.Messaging is null ? null : (session, cancel) => Directs.OfAsync(session, user, cancel));
    }

    public async Task HandleAsync(PlatformCaller caller, ListUsers query, Origin origin, CancellationToken cancel)
    {
        var (limit, nobody) = (query.Limit ?? DefaultLimit, new UserKey(caller.App, default));
        if (limit is < 1 or > ListUsers.MaxLimit)
        {
            origin.Refuse(Refusals.InvalidParams.Because($"$.limit: expected 1 to {ListUsers.MaxLimit}"));
            return;
        }

        var after = "";
        if (query.Next is not null)
        {
            if (tokens.ReadAfter(List, nobody, query.Next) is not { } name)
            {
                origin.Refuse(Refusals.InvalidParams.Because("$.next: not a token of this list"));
                return;
            }

            after = name;
        }

        var rows = await people.ListAsync(caller.App, after, limit + 1, cancel);
        var (now, shown) = (clock.Now(), rows.Take(limit).ToList());
        var next = rows.Count > limit ? tokens.MakeAfter(List, nobody, shown[^1].User.Value) : null;
        origin.Answer(new UserAccounts([.. shown.Select(row => row.Account(now))], next), ProtocolJson.Lenient.UserAccounts);
    }
}

/// <summary><c>user.suspend</c>, <c>.restore</c>, <c>.mute</c>, <c>.unmute</c>, <c>.deactivate</c> and <c>.delete</c>. To be asked with an API key only.</summary>
internal sealed class StandingHandler(PeopleWriter writer, Database database)
{
    public void Handle(PlatformCaller caller, SuspendUser command, Origin origin) =>
        Change(new UserKey(caller.App, command.User), origin, row => row with { SuspendedUntil = command.Until ?? MuteParticipants.Forever }, command.Until);

    public void Handle(PlatformCaller caller, RestoreUser command, Origin origin) =>
        Change(new UserKey(caller.App, command.User), origin, row => row with { SuspendedUntil = null, Status = UserStatus.Active });

    public void Handle(PlatformCaller caller, MuteUser command, Origin origin) =>
        Change(new UserKey(caller.App, command.User), origin, row => row with { MutedUntil = command.Until ?? MuteParticipants.Forever }, command.Until);

    public void Handle(PlatformCaller caller, UnmuteUser command, Origin origin) =>
        Change(new UserKey(caller.App, command.User), origin, row => row with { MutedUntil = null });

    public void Handle(PlatformCaller caller, DeactivateUser command, Origin origin) =>
        Change(new UserKey(caller.App, command.User), origin, row => row with { Status = UserStatus.Deactivated });

    public void Handle(PlatformCaller caller, DeleteUser command, Origin origin)
    {
        var user = new UserKey(caller.App, command.User);
        writer.PostFor(user, origin, async (session, before, now, cancel) =>
        {
            if (before.Status == UserStatus.Deleted)
            {
                // What came of him after he was deleted, from a node that did not know yet.
                await StandingStore.TidyAsync(database, session, user, now, cancel);
                return new PeopleChanged(UserAnswers.Of(before.Account(now))) { Ends = user, Erased = user };
            }

            // Before his contacts are forgotten.
            var listening = await ProfileStore.SignalsAsync(session, user, before with { Status = UserStatus.Deleted, DisplayName = null, AvatarUrl = null, PublicData = null }, cancel);
            var (contacts, blockers) = await StandingStore.DeleteAsync(database, session, user, now, cancel);
            var row = (await UserRow.FindAsync(session, user, cancel))!;
            var gone = new Contact(user.User, ContactState.None, ContactChange.Removed, now);
            return new PeopleChanged(UserAnswers.Of(row.Account(now)))
            {
                Signals =
                [
                    .. listening,
                    .. contacts.Select(one => ChangeContactHandler.SignalOf(user with { User = one }, gone)),
                    .. blockers.Select(one => BlockStore.SignalOf(user with { User = one }, new BlocksChanged([user.User], Blocked: false))),
                ],
                Shown = ProfileStore.ShownIn(listening),
                Blocks = [.. blockers.Select(one => (user with { User = one }, user, false))],
                Judged = user,
                Ends = user,
                Erased = user,
            };
        }, (session, cancel) => StandingStore.ConcernedAsync(session, user, cancel));
    }

    /// <summary>Changes the standing; his sessions end when nothing of him is taken any more. Asked again it changes nothing, and ends what is there.</summary>
    /// <remarks>What would be over already is refused: taken, it would end what stands, which only restoring and unmuting do.</remarks>
    private void Change(UserKey user, Origin origin, Func<UserRow, UserRow> change, DateTimeOffset? until = null) =>
        writer.PostFor(user, origin, async (session, before, now, cancel) =>
        {
            if (until <= now) return Refusals.InvalidParams.Because("$.until: expected a time to come");
            if (before.Status == UserStatus.Deleted) return Refusals.Suspended.Because("the user is deleted, for ever");
            var after = change(before);
            IReadOnlyList<PersonalSignal> signals = [];
            if (after != before)
            {
                await StandingStore.ChangeAsync(session, user, after, now, cancel);
                // That he is muted is between him and the app.
                if (after.Status != before.Status) signals = await ProfileStore.SignalsAsync(session, user, after, cancel);
                else if (after.MutedUntil != before.MutedUntil) signals = [ProfileStore.SignalOf(user, after)];
            }

            return new PeopleChanged(UserAnswers.Of(after.Account(now)))
            {
                Signals = signals,
                Shown = after.Status != before.Status ? ProfileStore.ShownIn(signals) : null,
                Judged = user,
                Ends = after.IsSuspended(now) ? user : null,
            };
        });
}
