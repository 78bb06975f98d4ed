namespace Parley;

/// <summary><c>user.devices</c>: asks where the user has a session.</summary>
public sealed record ListDevices;

/// <summary>The user's sessions on the server process that answers, the oldest first.</summary>
public sealed record DeviceList(IReadOnlyList<DeviceSession> Devices);

/// <summary>A device with a session.</summary>
/// <param name="Device">Which.</param>
/// <param name="Since">When its session was opened.</param>
/// <param name="Client">What it said its program is.</param>
/// <param name="Current">Whether it is the one that asks.</param>
public sealed record DeviceSession(DeviceId Device, DateTimeOffset Since, string? Client = null, bool Current = false);

/// <summary><c>user.endDevice</c>: ends the session of another of the user's devices. Its token stays good.</summary>
/// <param name="Device">Which. One without a session is fine.</param>
public sealed record EndDevice(DeviceId Device);
