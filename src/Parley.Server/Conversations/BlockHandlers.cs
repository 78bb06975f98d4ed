using System.Text.Json;
using Parley.Delivery;
using Parley.Identity;
using Parley.People;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary><c>block.add</c> and <c>block.remove</c>. Whom a user blocks is a rule of his direct conversations: what others send there is decided on it.</summary>
internal sealed class ChangeBlocksHandler(PeopleWriter writer, Database database)
{
    public void Handle(Caller caller, AddBlocks command, Origin origin)
    {
        if (Check(caller.User, command.Users) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var users = command.Users.Distinct().ToArray();
        writer.Post(caller, origin, new Scope(users, UserLock.Judge), async (session, _, now, cancel) =>
        {
            var before = (await BlockStore.ListAsync(session, caller.Key, cancel)).Users;
            var added = users.Except(before).ToArray();
            if (added.Length == 0) return Answer(new BlockList(before));
            if (before.Count + added.Length > BlockList.MaxBlocked) return Refusals.ListFull.Because($"at most {BlockList.MaxBlocked} users");
            await BlockStore.AddAsync(session, caller.Key, added, now, cancel);
            // What they may send was decided without it.
            var directs = await Directs.ChangeRulesAsync(database, session, caller.Key, added, cancel);
            return Answer(await BlockStore.ListAsync(session, caller.Key, cancel)) with
            {
                Stale = directs, Blocks = Changes(caller.Key, added, isBlocked: true), Signals = [BlockStore.SignalOf(caller.Key, new BlocksChanged(added, Blocked: true))],
            };
        });
    }

    /// <summary>No rule is decided anew for it: who was refused is refused finally only after the rules were read again.</summary>
    public void Handle(Caller caller, RemoveBlocks command, Origin origin)
    {
        if (Check(caller.User, command.Users) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        writer.Post(caller, origin, new Scope([], UserLock.Judge), async (session, _, _, cancel) =>
        {
            var before = (await BlockStore.ListAsync(session, caller.Key, cancel)).Users;
            var removed = command.Users.Distinct().Intersect(before).ToArray();
            if (removed.Length == 0) return Answer(new BlockList(before));
            await BlockStore.RemoveAsync(database, session, caller.Key, removed, cancel);
            return Answer(await BlockStore.ListAsync(session, caller.Key, cancel)) with
            {
                Blocks = Changes(caller.Key, removed, isBlocked: false), Signals = [BlockStore.SignalOf(caller.Key, new BlocksChanged(removed, Blocked: false))],
            };
        });
    }

    private static (UserKey Blocker, UserKey Blocked, bool IsBlocked)[] Changes(UserKey blocker, IEnumerable<UserId> users, bool isBlocked) =>
        [.. users.Select(user => (blocker, blocker with { User = user }, isBlocked))];

    private static Refusal? Check(UserId caller, IReadOnlyList<UserId> users) => users.Count switch
    {
        0 => Refusals.InvalidParams.Because("$.users: expected 1 user or more"),
        > AddBlocks.MaxUsers => Refusals.TooLarge.Because($"$.users: at most {AddBlocks.MaxUsers}"),
        _ when users.Contains(caller) => Refusals.InvalidParams.Because("$.users: expected others"),
        _ => null,
    };

    private static PeopleChanged Answer(BlockList list) => new(JsonSerializer.SerializeToUtf8Bytes(list, ProtocolJson.Lenient.BlockList));
}

/// <summary><c>block.list</c>.</summary>
internal sealed class ListBlocksHandler(PeopleReader people)
{
    public async Task HandleAsync(Caller caller, ListBlocks query, Origin origin, CancellationToken cancel) =>
        origin.Answer(await people.BlocksAsync(caller.Key, cancel), ProtocolJson.Lenient.BlockList);
}
