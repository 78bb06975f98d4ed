using Parley.Identity;
using Parley.Storage;

namespace Parley.Gateway;

/// <summary>The connections of this node, and the open sessions of each user among them.</summary>
internal sealed class Sessions(LimitsOptions limits, Func<AppId, SessionsAtOnce> atOnce)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Connection, long> _connections = [];
    private readonly Dictionary<UserKey, List<Open>> _users = [];
    private readonly Dictionary<Connection, UserKey> _opening = [];
    private long _made;

    public void Add(Connection connection)
    {
        lock (_lock)
        {
            _connections.Add(connection, ++_made);
        }
    }

    /// <summary>All connections as they are now, into a list that is emptied first.</summary>
    public void CopyTo(List<Connection> connections)
    {
        connections.Clear();
        lock (_lock)
        {
            connections.AddRange(_connections.Keys);
        }
    }

    /// <summary>A session is being opened: from now on it ends with the others of its user, however long that takes.</summary>
    public void Opening(Connection connection, UserKey user)
    {
        lock (_lock)
        {
            if (_connections.ContainsKey(connection)) _opening[connection] = user;
        }
    }

    /// <summary>A session was opened: that of the same device on a connection made before it ends, or the user's oldest when he has too many devices.</summary>
    /// <remarks>
    /// What counts is when the connections were made. A device that gave one up because its session took too long has a newer one by the time it is opened after all,
    /// and must not lose that: it would be told never to come back.
    /// </remarks>
    public void Opened(Connection connection, Caller caller, string? client, DateTimeOffset now)
    {
        var ended = new List<(Connection Connection, CloseCode Code)>();
        lock (_lock)
        {
            _opening.Remove(connection);
            if (!_connections.TryGetValue(connection, out var made)) return;
            if (!_users.TryGetValue(caller.Key, out var devices)) _users[caller.Key] = devices = new List<Open>(1);
            if (devices.Exists(one => one.Device == caller.Device && one.Made > made)) ended.Add((connection, CloseCode.Replaced));
            else Add(devices, connection, caller, client, now, made, ended);
        }

        Close(ended);
    }

    private void Add(List<Open> devices, Connection connection, Caller caller, string? client, DateTimeOffset now, long made, List<(Connection Connection, CloseCode Code)> ended)
    {
        End(devices, one => one.Device == caller.Device, CloseCode.Replaced, ended);
        if (atOnce(caller.App) == SessionsAtOnce.One) End(devices, _ => true, CloseCode.LoggedInElsewhere, ended);
        if (devices.Count >= limits.DevicesPerUser && devices[0] is var oldest) End(devices, one => one == oldest, CloseCode.TooManyDevices, ended);
        devices.Add(new Open(caller.Device, connection, client, now, made));
    }

    /// <summary>A user's open sessions, the oldest first.</summary>
    public IReadOnlyList<DeviceSession> Of(Caller caller)
    {
        lock (_lock)
        {
            return _users.TryGetValue(caller.Key, out var devices)
                ? [.. devices.Select(one => new DeviceSession(one.Device, one.Since, one.Client, Current: one.Device == caller.Device))]
                : [];
        }
    }

    /// <summary>Ends a user's session on one device; harmless when there is none.</summary>
    public void End(UserKey user, DeviceId device) => End(user, one => one.Device == device, CloseCode.Ended);

    /// <summary>Ends all sessions of a user whom the app does not let in any more.</summary>
    public void End(UserKey user)
    {
        End(user, _ => true, CloseCode.Unauthorized);
        Connection[] opening;
        lock (_lock)
        {
            opening = [.. _opening.Where(one => one.Value == user).Select(one => one.Key)];
        }

        foreach (var connection in opening) connection.Close(CloseCode.Unauthorized);
    }

    private void End(UserKey user, Predicate<Open> which, CloseCode code)
    {
        var ended = new List<(Connection Connection, CloseCode Code)>();
        lock (_lock)
        {
            if (!_users.TryGetValue(user, out var devices)) return;
            End(devices, which, code, ended);
            if (devices.Count == 0) _users.Remove(user);
        }

        Close(ended);
    }

    private static void End(List<Open> devices, Predicate<Open> which, CloseCode code, List<(Connection, CloseCode)> ended)
    {
        ended.AddRange(devices.FindAll(which).Select(one => (one.Connection, code)));
        devices.RemoveAll(which);
    }

    private static void Close(List<(Connection Connection, CloseCode Code)> ended)
    {
        foreach (var (connection, code) in ended) connection.Close(code);
    }

    public void Remove(Connection connection)
    {
        lock (_lock)
        {
            _connections.Remove(connection);
            _opening.Remove(connection);
            if (connection.Session.Caller is not { } caller || !_users.TryGetValue(caller.Key, out var devices)) return;
            devices.RemoveAll(entry => entry.Connection == connection);
            if (devices.Count == 0) _users.Remove(caller.Key);
        }
    }

    /// <summary>An open session.</summary>
    private sealed record Open(DeviceId Device, Connection Connection, string? Client, DateTimeOffset Since, long Made);
}

/// <summary>How many sessions an app lets a user have.</summary>
internal enum SessionsAtOnce
{
    /// <summary>As many as the node's limit of devices.</summary>
    Several,

    /// <summary>The newest.</summary>
    One,
}
