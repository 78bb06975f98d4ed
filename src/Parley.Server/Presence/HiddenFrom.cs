using System.Collections.Concurrent;
using System.Collections.Immutable;
using Parley.Storage;

namespace Parley.Presence;

/// <summary>From whom users hide: those whom they block. In memory, of those who asked for somebody's presence or were blocked since the start, for <see cref="MaySee"/> must not wait.</summary>
/// <param name="read">Who blocks a user, from the disk.</param>
internal sealed class HiddenFrom(Func<UserKey, CancellationToken, ValueTask<IReadOnlyList<UserId>>> read)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<UserKey, ImmutableHashSet<UserId>> _blockers = new();
    private long _changes;

    /// <summary>Whether a user may know of another one, as of what was learned of him last.</summary>
    public bool MaySee(UserKey viewer, UserKey seen) => !_blockers.TryGetValue(viewer, out var blockers) || !blockers.Contains(seen.User);

    /// <summary>Reads who blocks a user, before he is told of anybody. To be called again whenever he asks: another node may have written it.</summary>
    public async ValueTask LearnAsync(UserKey viewer, CancellationToken cancel)
    {
        while (true)
        {
            var before = Volatile.Read(ref _changes);
            var blockers = await read(viewer, cancel);
            lock (_gate)
            {
                // What was changed meanwhile may not be in what was read.
                if (_changes != before) continue;
                if (blockers.Count > 0) _blockers[viewer] = [.. blockers];
                else _blockers.TryRemove(viewer, out _);
                return;
            }
        }
    }

    /// <summary>Somebody blocks somebody, or no longer.</summary>
    public void Change(UserKey blocker, UserKey blocked, bool isBlocked)
    {
        lock (_gate)
        {
            Volatile.Write(ref _changes, _changes + 1);
            var blockers = _blockers.GetValueOrDefault(blocked, []);
            blockers = isBlocked ? blockers.Add(blocker.User) : blockers.Remove(blocker.User);
            if (blockers.Count > 0) _blockers[blocked] = blockers;
            else _blockers.TryRemove(blocked, out _);
        }
    }
}
