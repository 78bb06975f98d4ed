using Parley.Delivery;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Parley.Gateway;

/// <summary>Whether one more connection is taken. Decided before the upgrade, from the address alone.</summary>
internal sealed class Admission(LimitsOptions limits, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, int> _unauthenticatedOf = [];
    private readonly Buckets<ulong> _addresses =
        new(new Rate(limits.ConnectionsPerAddressPerMinute / 60.0, limits.ConnectionsPerAddressPerMinute), clock);

    private TokenBucket _node = new(new Rate(limits.ConnectionsPerSecond, limits.ConnectionsPerSecond), clock);
    private long _queueSeenAt = clock.GetTimestamp();
    private double _queue;
    private int _connections;
    private int _unauthenticated;

    public int Connections => Volatile.Read(ref _connections);

    public int Unauthenticated => Volatile.Read(ref _unauthenticated);

    /// <summary>Takes a connection, which then holds the place; or answers how long it should stay away.</summary>
    public Place? Enter(IPAddress? address, out TimeSpan retryAfter)
    {
        var key = KeyOf(address);
        lock (_lock)
        {
            if (_connections >= limits.Connections
                || _unauthenticated >= limits.UnauthenticatedConnections
                || _unauthenticatedOf.GetValueOrDefault(key) >= limits.UnauthenticatedPerAddress)
            {
                retryAfter = Queued();
                return null;
            }

            if (_addresses.TakeOrWait(key) is { } wait)
            {
                retryAfter = wait + Jitter();
                return null;
            }

            if (_node.TakeOrWait(1) is not null)
            {
                _addresses.Return(key);
                retryAfter = Queued();
                return null;
            }

            _connections++;
            _unauthenticated++;
            _unauthenticatedOf[key] = _unauthenticatedOf.GetValueOrDefault(key) + 1;
            retryAfter = default;
            return new Place(this, key);
        }
    }

    public void Prune() => _addresses.Prune();

    /// <summary>
    /// Every refused client is given a place in an imagined queue that moves at the rate of connections, so that a storm returns
    /// spread over the time that taking it needs.
    /// </summary>
    private TimeSpan Queued()
    {
        var now = clock.GetTimestamp();
        var moved = clock.GetElapsedTime(_queueSeenAt, now).TotalSeconds * limits.ConnectionsPerSecond;
        _queueSeenAt = now;
        _queue = Math.Max(0, _queue - moved) + 1;
        return TimeSpan.FromSeconds(_queue / limits.ConnectionsPerSecond) + Jitter();
    }

    private static TimeSpan Jitter() => TimeSpan.FromSeconds(Random.Shared.NextDouble());

    /// <summary>What counts as one address: all of IPv4, the first 64 bits of IPv6.</summary>
    public static ulong KeyOf(IPAddress? address)
    {
        if (address is null) return 0;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out _)) return 0;
        return address.AddressFamily == AddressFamily.InterNetwork
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    /// <summary>What a connection holds while it lives.</summary>
    internal sealed class Place(Admission admission, ulong address)
    {
        private bool _authenticated;
        private bool _left;

        /// <summary>The connection opened its session.</summary>
        public void Authenticated()
        {
            lock (admission._lock)
            {
                if (_authenticated || _left) return;
                _authenticated = true;
                LeaveUnauthenticated();
            }
        }

        /// <summary>The connection ended. The second time does nothing.</summary>
        public void Leave()
        {
            lock (admission._lock)
            {
                if (_left) return;
                _left = true;
                admission._connections--;
                if (!_authenticated) LeaveUnauthenticated();
            }
        }

        private void LeaveUnauthenticated()
        {
            admission._unauthenticated--;
            var left = admission._unauthenticatedOf[address] - 1;
            if (left == 0) admission._unauthenticatedOf.Remove(address);
            else admission._unauthenticatedOf[address] = left;
        }
    }
}
