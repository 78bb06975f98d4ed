using Parley.Delivery;
using Parley.Storage;

namespace Parley.People;

/// <summary>The SQL of profiles and aliases.</summary>
internal static class ProfileStore
{
    /// <summary>Stores what a profile is now, and whom to tell: the user's devices, and those who have him in their contacts.</summary>
    /// <returns>His row afterwards. Nobody is told where nothing is different.</returns>
    public static async ValueTask<(UserRow Row, IReadOnlyList<PersonalSignal> Signals)> ChangeAsync(
        Session session, UserKey user, UserRow before, UserRow after, CancellationToken cancel)
    {
        if (after == before) return (before, []);
        await session.ExecuteAsync($"""
            update users set display_name = {after.DisplayName}, avatar_url = {after.AvatarUrl}, public_data = {after.PublicData},
                private_data = {after.PrivateData}, email = {after.Email}, email_key = {EmailKeyOf(after)}, phone = {after.Phone},
                profile_changed = {session.Change}
            where app = {user.App.Number} and user_id = {user.User.Value}
            """, cancel);
        return (after, await SignalsAsync(session, user, after, cancel));
    }

    /// <summary>Lets nobody else of the app take an alias before the transaction ends. The last lock that a transaction takes.</summary>
    public static async ValueTask HoldAliasesAsync(Session session, AppId app, CancellationToken cancel) =>
        await session.ExecuteAsync($"update apps set name = name where app = {app.Number}", cancel);

    /// <summary>Whether another user of the app has one of these aliases.</summary>
    public static async ValueTask<bool> IsTakenAsync(Session session, UserKey user, UserRow after, CancellationToken cancel)
    {
        var others = await session.QueryAsync($"""
            select user_id from users where app = {user.App.Number} and email_key = {EmailKeyOf(after)} and user_id <> {user.User.Value}
            union all select user_id from users where app = {user.App.Number} and phone = {after.Phone} and user_id <> {user.User.Value}
            """, _ => true, cancel);
        return others.Count > 0;
    }

    /// <summary>What tells a user's devices and contacts how his profile looks now; his devices first.</summary>
    public static async ValueTask<IReadOnlyList<PersonalSignal>> SignalsAsync(Session session, UserKey user, UserRow row, CancellationToken cancel)
    {
        var notification = OriginAnswers.Notification(Methods.User, row.Profile, ProtocolJson.Lenient.UserProfile);
        var contacts = await session.QueryAsync($"""
            select contact from contacts where app = {user.App.Number} and user_id = {user.User.Value} and state = {(int)ContactState.Accepted}
            """, found => new PersonalSignal(user with { User = found.User(0) }, notification), cancel);
        return [new PersonalSignal(user, notification), .. contacts];
    }

    /// <summary>What of it is for others than contacts, too.</summary>
    public static PersonalSignal? ShownIn(IReadOnlyList<PersonalSignal> signals) => signals is [var own, ..] ? own : null;

    /// <summary>What tells a user's own devices to look at his profile again.</summary>
    public static PersonalSignal SignalOf(UserKey user, UserRow row) =>
        new(user, OriginAnswers.Notification(Methods.User, row.Profile, ProtocolJson.Lenient.UserProfile));

    private static string? EmailKeyOf(UserRow row) => row.Email is null ? null : AliasRules.EmailKey(row.Email);
}
