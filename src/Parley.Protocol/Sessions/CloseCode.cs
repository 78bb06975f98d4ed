namespace Parley;

/// <summary>Why a connection ended, and what to do. docs/protocol/close-codes.md is generated from <see cref="All"/>.</summary>
/// <param name="Code">The WebSocket close code.</param>
/// <param name="Name">The close reason on the wire.</param>
/// <param name="Reconnect">Whether connecting again makes sense.</param>
/// <param name="Meaning">One sentence for the developer.</param>
public sealed record CloseCode(int Code, string Name, Reconnect Reconnect, string Meaning)
{
    /// <summary>The client closed.</summary>
    public static readonly CloseCode Normal = new(1000, "normal", Reconnect.Never, "The client closed the connection.");

    /// <summary>A WebSocket rule was broken.</summary>
    public static readonly CloseCode ProtocolError = new(1002, "protocol_error", Reconnect.WithWait, "A frame broke a rule of RFC 6455.");

    /// <summary>Binary frames.</summary>
    public static readonly CloseCode NotText = new(1003, "not_text", Reconnect.Never, "Frames must be text.");

    /// <summary>Not UTF-8.</summary>
    public static readonly CloseCode NotUtf8 = new(1007, "not_utf8", Reconnect.WithWait, "A text frame was not valid UTF-8.");

    /// <summary>Too many fragments, pings, or bytes that carry nothing.</summary>
    public static readonly CloseCode PolicyViolation = new(1008, "policy_violation", Reconnect.WithWait, "Too many fragments or control frames.");

    /// <summary>A frame above the limit.</summary>
    public static readonly CloseCode TooLarge = new(1009, "too_large", Reconnect.WithWait, "A message was larger than 128 KiB.");

    /// <summary>A bug of the server.</summary>
    public static readonly CloseCode Internal = new(1011, "internal", Reconnect.WithWait, "The server failed.");

    /// <summary>Drain.</summary>
    public static readonly CloseCode Restarting = new(1012, "restarting", Reconnect.WithWait, "The server is going; session.closing said how long to wait.");

    /// <summary>A session was opened twice with different identities.</summary>
    public static readonly CloseCode BadSession = new(4400, "bad_session", Reconnect.WithWait, "A second session.open, or a renewal for somebody else.");

    /// <summary>No token, a bad one, or one that ended.</summary>
    public static readonly CloseCode Unauthorized = new(4401, "unauthorized", Reconnect.WithNewToken, "No session within 5 seconds, its token is not or no longer valid, or its user is suspended.");

    /// <summary>The client reads too slowly.</summary>
    public static readonly CloseCode Slow = new(4008, "slow", Reconnect.WithWait, "The client did not read what waited for it; it reconnects and reads the log.");

    /// <summary>Too many devices.</summary>
    public static readonly CloseCode TooManyDevices = new(4009, "too_many_devices", Reconnect.Never, "The user opened sessions on more devices than allowed; the oldest ended.");

    /// <summary>The same device connected again.</summary>
    public static readonly CloseCode Replaced = new(4010, "replaced", Reconnect.Never, "The same device opened a newer connection.");

    /// <summary>The app allows one session per user.</summary>
    public static readonly CloseCode LoggedInElsewhere = new(4011, "logged_in_elsewhere", Reconnect.Never, "The user opened a session on another device, and the app allows one at a time.");

    /// <summary>The user ended it.</summary>
    public static readonly CloseCode Ended = new(4012, "ended", Reconnect.Never, "The user ended this session from another device.");

    /// <summary>Three rate limits within a minute.</summary>
    public static readonly CloseCode RateLimited = new(4029, "rate_limited", Reconnect.WithWait, "The connection kept sending above its rate.");

    /// <summary>Every code Parley closes with.</summary>
    public static IReadOnlyList<CloseCode> All { get; } =
    [
        Normal, ProtocolError, NotText, NotUtf8, PolicyViolation, TooLarge, Internal, Restarting,
        Slow, TooManyDevices, Replaced, LoggedInElsewhere, Ended, RateLimited, BadSession, Unauthorized,
    ];

    /// <summary>The row of a code; null for one Parley does not use.</summary>
    public static CloseCode? Find(int code) => All.FirstOrDefault(row => row.Code == code);
}

/// <summary>What a client does after a close.</summary>
public enum Reconnect
{
    /// <summary>Nothing: somebody decided to end the session.</summary>
    Never,

    /// <summary>Reconnect with full jitter; the session's positions are good.</summary>
    WithWait,

    /// <summary>Get a new token first.</summary>
    WithNewToken,
}
