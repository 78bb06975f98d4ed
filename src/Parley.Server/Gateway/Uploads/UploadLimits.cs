using Parley.Content;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Gateway;

/// <summary>How often a user uploads, and how many of his uploads are received at once; memory of this node only.</summary>
internal sealed class UploadLimits(ContentOptions options, TimeProvider clock)
{
    private readonly Buckets<UserKey> _users = new(new Rate(options.UploadsPerUserPerMinute / 60.0, options.UploadsPerUserBurst), clock);
    /// <summary>After how many uploads those are forgotten who have not uploaded for long.</summary>
    private const int TidyEvery = 1_000;

    private readonly Lock _gate = new();
    private int _taken;
    private readonly Dictionary<UserKey, int> _underWay = [];

    /// <summary>Counts an upload; null, or the refusal.</summary>
    public Refusal? Take(UserKey user)
    {
        if (Interlocked.Increment(ref _taken) % TidyEvery == 0) _users.Prune();
        return _users.TakeOrWait(user) is { } wait ? Refusals.RateLimited.After(wait).Because("uploads of this user") : null;
    }

    /// <summary>A place among those of a user that are being received, until it is disposed; null when all are taken.</summary>
    public IDisposable? Enter(UserKey user)
    {
        lock (_gate)
        {
            var underWay = _underWay.GetValueOrDefault(user);
            if (underWay >= options.ParallelUploadsPerUser) return null;
            _underWay[user] = underWay + 1;
            return new Place(this, user);
        }
    }

    /// <summary>What is said to who has too many under way.</summary>
    public static Refusal TooMany => Refusals.RateLimited.After(TimeSpan.FromSeconds(1)).Because("uploads of this user at once");

    private sealed class Place(UploadLimits limits, UserKey user) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            lock (limits._gate)
            {
                if (_left) return;
                _left = true;
                if (limits._underWay[user] == 1) limits._underWay.Remove(user);
                else limits._underWay[user]--;
            }
        }
    }
}
