namespace Parley;

/// <summary><c>session.open</c>: the first request of a connection.</summary>
/// <param name="Token">A signed token of the app's backend. Never in a URL.</param>
/// <param name="Device">This installation. Opening it again closes its older connection.</param>
/// <param name="Epoch">The epoch the device's positions are of; null for a newcomer.</param>
/// <param name="Since">The token of the last sync; null for a newcomer.</param>
/// <param name="Client">Name and version of the client, up to 128 characters, for the operator's log.</param>
/// <param name="Receive">False for a connection that only sends: no entries and no signals come.</param>
/// <param name="Presence">What the user chose last, as this device remembers it; taken only where the server remembers no choice of his, so that who is invisible stays so across its restart.</param>
public sealed record OpenSession(
    string Token, DeviceId Device, Guid? Epoch = null, string? Since = null, string? Client = null, bool Receive = true, SetPresence? Presence = null);

/// <summary>The answer to <c>session.open</c>.</summary>
/// <param name="Protocol">1.</param>
/// <param name="Server">Name and version of the server.</param>
/// <param name="Time">The server's clock.</param>
/// <param name="App">The app the token is of.</param>
/// <param name="User">The user the token is of.</param>
/// <param name="Epoch">Of every position. When it differs from the one asked with, <paramref name="Reset"/> is true.</param>
/// <param name="ExpiresAt">When the token ends; renew before.</param>
/// <param name="Reset">Whether all kept positions must be forgotten; the changes then start from nothing.</param>
/// <param name="Limits">What this server allows.</param>
/// <param name="Features">Names of optional features of this server.</param>
/// <param name="Changes">The conversations that changed since.</param>
public sealed record SessionOpened(
    int Protocol, string Server, DateTimeOffset Time, string App, UserId User, Guid Epoch, DateTimeOffset ExpiresAt, bool Reset,
    SessionLimits Limits, IReadOnlyList<string> Features, InboxChanges Changes);

/// <summary>What this server allows a connection.</summary>
/// <param name="MaxFrameBytes">Bytes of one frame from the client.</param>
/// <param name="MaxBatch">Requests of one frame.</param>
/// <param name="MaxTextCodePoints">Code points of a message's text.</param>
/// <param name="PingSeconds">How often the server pings; hearing nothing for twice as long, a client reconnects.</param>
/// <param name="MaxContentBytes">Bytes of an upload; null where the server does not say.</param>
public sealed record SessionLimits(int MaxFrameBytes, int MaxBatch, int MaxTextCodePoints, int PingSeconds, long? MaxContentBytes = null);

/// <summary><c>session.renew</c>: keeps the connection past its token, with a new one of the same app, user and device.</summary>
public sealed record RenewSession(string Token);

/// <summary>The answer to <c>session.renew</c>.</summary>
public sealed record SessionRenewed(DateTimeOffset ExpiresAt);

/// <summary><c>session.expiring</c>: the token ends in 60 seconds.</summary>
public sealed record SessionExpiring(DateTimeOffset ExpiresAt);

/// <summary><c>session.closing</c>: the server is going; reconnect after the wait, which differs from client to client.</summary>
public sealed record SessionClosing(int RetryAfterMs);
