using Parley.Storage;

namespace Parley.People;

/// <summary>What people say to a creation, as it stands while the creation is written.</summary>
internal sealed class CreationGround(Database database, Func<AppId, WhoMayMessage> whoMayMessage)
{
    /// <summary>Why a user may not create a conversation; null when he may.</summary>
    /// <param name="session">The creation's transaction. Holds the users, so that a block or a suspension comes before all of it or after.</param>
    /// <param name="creator">Who creates.</param>
    /// <param name="other">The other one of a direct conversation; null for others.</param>
    /// <param name="now">What time it is.</param>
    /// <param name="cancel">Stops looking.</param>
    public async ValueTask<Refusal?> CannotCreateAsync(Session session, UserKey creator, UserId? other, DateTimeOffset now, CancellationToken cancel)
    {
        UserKey[] held = other is { } peer ? [creator, creator with { User = peer }] : [creator];
        await database.HoldAsync(session, held, UserLock.Involve, cancel);
        var person = await PersonSql.FindAsync(session, creator, cancel);
        if (person.CannotAct(now) is { } suspended) return suspended;
        if (other is null) return null;
        if (await BlockStore.BlocksAsync(session, held[1], creator.User, cancel)) return Refusals.Blocked;
        if (whoMayMessage(creator.App) == WhoMayMessage.Anybody) return null;
        return await ContactStore.FindAsync(session, creator, other.Value, cancel) is { State: ContactState.Accepted } ? null : Refusals.NotContact;
    }
}
