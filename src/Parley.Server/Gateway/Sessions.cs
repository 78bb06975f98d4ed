using Parley.Identity;
using Parley.Storage;

namespace Parley.Gateway;

/// <summary>The connections of this node, and the open sessions of each user among them.</summary>
internal sealed class Sessions(LimitsOptions limits)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Connection> _connections = [];
    private readonly Dictionary<UserKey, List<(DeviceId Device, Connection Connection)>> _users = [];

    public void Add(Connection connection)
    {
        lock (_lock)
        {
            _connections.Add(connection);
        }
    }

    /// <summary>All connections as they are now, into a list that is emptied first.</summary>
    public void CopyTo(List<Connection> connections)
    {
        connections.Clear();
        lock (_lock)
        {
            connections.AddRange(_connections);
        }
    }

    /// <summary>A session was opened: an older one of the same device ends, or the user's oldest when he has too many devices.</summary>
    public void Opened(Connection connection, Caller caller)
    {
        (Connection Connection, CloseCode Code)? ended = null;
        lock (_lock)
        {
            if (!_connections.Contains(connection)) return;
            if (!_users.TryGetValue(caller.Key, out var devices)) _users[caller.Key] = devices = new List<(DeviceId, Connection)>(1);
            var same = devices.FindIndex(entry => entry.Device == caller.Device);
            if (same >= 0) ended = (devices[same].Connection, CloseCode.Replaced);
            else if (devices.Count >= limits.DevicesPerUser) (same, ended) = (0, (devices[0].Connection, CloseCode.TooManyDevices));
            if (same >= 0) devices.RemoveAt(same);
            devices.Add((caller.Device, connection));
        }

        ended?.Connection.Close(ended.Value.Code);
    }

    public void Remove(Connection connection)
    {
        lock (_lock)
        {
            _connections.Remove(connection);
            if (connection.Session.Caller is not { } caller || !_users.TryGetValue(caller.Key, out var devices)) return;
            devices.RemoveAll(entry => entry.Connection == connection);
            if (devices.Count == 0) _users.Remove(caller.Key);
        }
    }
}
