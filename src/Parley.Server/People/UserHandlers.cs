using System.Text.Json;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.People;

/// <summary><c>user.get</c>, <c>user.find</c> and <c>user.me</c>.</summary>
internal sealed class ReadUsersHandler(PeopleReader people, PeopleWriter writer, Func<AppId, AppOptions> options, TimeProvider clock)
{
    public async Task HandleAsync(Caller caller, GetUsers query, Origin origin, CancellationToken cancel)
    {
        if (query.Users.Count == 0)
        {
            origin.Refuse(Refusals.InvalidParams.Because("$.users: expected 1 user or more"));
            return;
        }

        if (query.Users.Count > GetUsers.MaxUsers)
        {
            origin.Refuse(Refusals.TooLarge.Because($"$.users: at most {GetUsers.MaxUsers}"));
            return;
        }

        var rows = (await people.FindAsync(caller.App, [.. query.Users.Distinct()], cancel)).ToDictionary(row => row.User);
        var found = query.Users.Where(rows.ContainsKey).Distinct().Select(user => rows[user].Profile);
        origin.Answer(new UserProfiles([.. found]), ProtocolJson.Lenient.UserProfiles);
    }

    public async Task HandleAsync(Caller caller, FindUser query, Origin origin, CancellationToken cancel)
    {
        var (row, refusal) = await FindAsync(caller.App, query, cancel);
        if (refusal is not null) origin.Refuse(refusal);
        else if (row is null) origin.Refuse(Refusals.NotFound);
        else origin.Answer(row.Profile, ProtocolJson.Lenient.UserProfile);
    }

    /// <summary>An e-mail address or number that is none cannot be anybody's; where looking up by them is off, nobody is found.</summary>
    private async Task<(UserRow? Row, Refusal? Refusal)> FindAsync(AppId app, FindUser query, CancellationToken cancel)
    {
        switch (query)
        {
            case { Email: { } email, Phone: null, Number: null, User: null }:
                if (AliasRules.EmailKey(email) is not { } key) return (null, Refusals.InvalidParams.Because("$.email: expected an e-mail address"));
                return (options(app).FindByAlias ? await people.FindByEmailAsync(app, key, cancel) : null, null);
            case { Email: null, Phone: { } phone, Number: null, User: null }:
                if (AliasRules.Phone(phone, options(app).DefaultCountry) is not { } number)
                    return (null, Refusals.InvalidParams.Because("$.phone: expected a telephone number, with + or of the app's default country"));
                return (options(app).FindByAlias ? await people.FindByPhoneAsync(app, number, cancel) : null, null);
            case { Email: null, Phone: null, Number: { } alias, User: null }:
                return (await people.FindByNumberAsync(app, alias, cancel), null);
            case { Email: null, Phone: null, Number: null, User: { } user }:
                return ((await people.FindAsync(app, [user], cancel)).FirstOrDefault(), null);
            default:
                return (null, Refusals.InvalidParams.Because("give one of email, phone, number and user"));
        }
    }

    public async Task HandleAsync(Caller caller, GetOwnProfile query, Origin origin, CancellationToken cancel)
    {
        if ((await people.FindAsync(caller.App, [caller.User], cancel)).FirstOrDefault() is { } row)
        {
            origin.Answer(row.Own(clock.Now()), ProtocolJson.Lenient.OwnProfile);
            return;
        }

        // He came a moment ago, and his row is on its way: it is made here if need be, for his number.
        var answered = new AnsweredOrigin(origin);
        writer.Post(caller, answered, Scope.Own, (_, made, now, _) => new(new PeopleChanged(UserAnswers.Of(made.Own(now)))));
        await answered.Answered;
    }
}

/// <summary><c>user.update</c>.</summary>
internal sealed class UpdateUserHandler(PeopleWriter writer)
{
    public void Handle(Caller caller, UpdateUser command, Origin origin)
    {
        var checkedChange = ProfileRules.Check(command.DisplayName, command.AvatarUrl, command.PublicData, command.PrivateData);
        if (checkedChange.Value is not { } change)
        {
            origin.Refuse(checkedChange.Refusal!);
            return;
        }

        writer.Post(caller, origin, Scope.Own, async (session, before, now, cancel) =>
        {
            var (row, signals) = await ProfileStore.ChangeAsync(session, caller.Key, before, before.With(change), cancel);
            return new PeopleChanged(UserAnswers.Of(row.Own(now))) { Signals = signals, Shown = ProfileStore.ShownIn(signals) };
        });
    }
}

/// <summary>Answers of the platform and of users about users, as JSON.</summary>
internal static class UserAnswers
{
    public static byte[] Of(OwnProfile own) => JsonSerializer.SerializeToUtf8Bytes(own, ProtocolJson.Lenient.OwnProfile);

    public static byte[] Of(UserAccount account) => JsonSerializer.SerializeToUtf8Bytes(account, ProtocolJson.Lenient.UserAccount);
}
