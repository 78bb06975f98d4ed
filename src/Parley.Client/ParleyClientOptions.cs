using Microsoft.Extensions.Logging;

namespace Parley.Client;

/// <summary>How a client reaches its server and how long it waits. Read once, when the client is made: what is changed afterwards counts for the next client only.</summary>
public sealed class ParleyClientOptions
{
    private readonly DeviceId _device = DeviceId.New();

    /// <summary>The server: <c>http</c>, <c>https</c>, <c>ws</c> or <c>wss</c>. Without a path, <c>/v1/realtime</c> is meant. Never with a token in it.</summary>
    /// <remarks>Uploads and downloads go to the same place over HTTP: of <c>wss://example.org/chat/v1/realtime</c> to <c>https://example.org/chat/v1/content</c>. Of a path that ends otherwise to <c>/v1/content</c>.</remarks>
    public required Uri Endpoint { get; set; }

    /// <summary>Gets a token from the app's backend. Asked at the first connect, before a token ends, and after one was refused; not at every reconnect.</summary>
    /// <remarks>Returning again a token that the server has refused closes the client: the answer would be the same.</remarks>
    public required Func<CancellationToken, ValueTask<string>> TokenProvider { get; set; }

    /// <summary>This installation; a second connection with the same id closes the first. Left out it is a new one each time, or, with a <see cref="Store"/>, the one that is kept there.</summary>
    public DeviceId DeviceId
    {
        get => GivenDevice ?? _device;
        set => GivenDevice = value;
    }

    /// <summary>
    /// Where messages and all other changes are kept until they are settled: durable before they are sent, and gone on with by the next client that is made with the same store, after whatever ended the last one; and what the client was told, so that the next
    /// one tells what came since, and shows it without a connection. Null for nowhere. A store belongs to the user of its first session; the client opens it, and does not dispose it.
    /// </summary>
    public LocalStore? Store { get; set; }

    /// <summary>
    /// How many entries of each conversation a <see cref="Store"/> keeps, the newest, so that it is shown without a connection: 0 to 1,000,000. With 0 it keeps how far the program was told and how conversations are, and nothing of what was said
    /// but the last message of each.
    /// </summary>
    public int KeptEntries { get; set; } = 1_000;

    /// <summary>How long one attempt may take, from the TCP connect to the answer of <c>session.open</c>. A stopped server still accepts TCP connections.</summary>
    public TimeSpan HelloTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a message is sent and sent again before it is cancelled, and with a store every other change before it is given up. Left out, 30 seconds, and with a <see cref="Store"/> twelve hours, counted from when it was handed in, also while no client runs (S27).
    /// <see cref="Timeout.InfiniteTimeSpan"/> never cancels.
    /// </summary>
    public TimeSpan? SendTimeout { get; set; }

    /// <summary>How long, after that, <see cref="Messages.SendAsync(ConversationId, string, CancellationToken)"/> waits to learn whether the message was recorded.</summary>
    public TimeSpan SettleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long every other request is tried, across reconnects: what is read, and without a <see cref="Store"/> what is changed.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long an upload or a download is tried while nothing of it gets through, across broken connections and refusals that say <em>later</em>; counted anew whenever the server
    /// has more of it, or the program has. <see cref="Timeout.InfiniteTimeSpan"/> never gives up.
    /// </summary>
    public TimeSpan TransferTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often the client pings a silent server.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a ping may stay unanswered before the client reconnects.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the SDK says by itself that entries reached this device, after all listeners have had them.</summary>
    public bool AcknowledgeDelivery { get; set; } = true;

    /// <summary>What the connection receives.</summary>
    public ReceiveMode Receive { get; set; } = ReceiveMode.Everything;

    /// <summary>What the user chose last with <see cref="Presence.SetAsync"/>, as the program remembers it. It counts where the server remembers nothing; so who is invisible stays so.</summary>
    public SetPresence? Presence { get; set; }

    /// <summary>
    /// Whether <see cref="Client.Presence.Changed"/> tells of everybody with whom the user shares a direct conversation or a group of up to 200, without being asked, as they come and go.
    /// They are subscriptions like those of the program, which go first: of more than a user may have, those of the conversations that changed last are followed, and <see cref="Client.Presence.Following"/> says so.
    /// </summary>
    public bool FollowPresence { get; set; }

    /// <summary>
    /// Where every event of the client is raised, and everything that a program binds to is changed: one at a time, in order. For a program with windows that of its main thread, <c>SynchronizationContext.Current</c> there.
    /// Null for a thread of the client's own. The client never waits for it: one that is slow is told late, and one that is gone is told nothing, while the client knows and sends on.
    /// </summary>
    public SynchronizationContext? SynchronizationContext { get; set; }

    /// <summary>The clock of every wait.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// What carries uploads and downloads: a handler with a proxy, one of a mobile platform, one of a test. It follows no redirects, keeps no cookies and does not unpack; the client does not dispose it, and
    /// several clients may share it. Null for one of the client's own. The WebSocket does not use it.
    /// </summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>
    /// What opens the WebSocket: a <see cref="SocketsHttpHandler"/> with a proxy, certificates, or a connection of one's own; handlers of mobile platforms cannot. The client does not dispose it, and several clients may
    /// share it, and it may be <see cref="HttpHandler"/> too. Null for one of the client's own.
    /// </summary>
    public HttpMessageHandler? WebSocketHandler { get; set; }

    /// <summary>Where the SDK logs; null for nowhere. It never logs content or tokens.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The device that the program said this is; null when it did not.</summary>
    internal DeviceId? GivenDevice { get; private set; }

    /// <summary>Hears of the client that is made with these options: the test kit has to know whom it waits for.</summary>
    internal Action<ParleyClient>? Made { get; set; }

    /// <summary>What the client draws its waits from; null for chance.</summary>
    internal Func<double>? Uniform { get; set; }

    internal TimeSpan EffectiveSendTimeout => SendTimeout ?? (Store is null ? TimeSpan.FromSeconds(30) : TimeSpan.FromHours(12));

    /// <summary>What the client goes by: nobody changes it any more.</summary>
    internal ParleyClientOptions Copy() => (ParleyClientOptions)MemberwiseClone();

    /// <summary>What cannot work; null when all can.</summary>
    internal string? Problem()
    {
        if (TokenProvider is null) return "There must be a token provider.";
        if (RealtimeAddress() is null) return "The endpoint must be an absolute http, https, ws or wss address.";
        if (FollowPresence && Receive == ReceiveMode.AnswersOnly) return "A client that receives answers only cannot follow anybody's presence.";
        if (KeptEntries is < 0 or > 1_000_000) return "A store keeps 0 to 1,000,000 entries of a conversation.";
        if (!IsWait(HelloTimeout) || !IsWait(PingInterval) || !IsWait(PingTimeout)) return "Timeouts must be longer than nothing and shorter than 24 days.";
        return new[] { EffectiveSendTimeout, SettleTimeout, RequestTimeout, TransferTimeout }.All(wait => wait == Timeout.InfiniteTimeSpan || IsWait(wait))
            ? null
            : "Timeouts must be longer than nothing and shorter than 24 days, or Timeout.InfiniteTimeSpan.";
    }

    /// <summary>The WebSocket address of <see cref="Endpoint"/>; null when it is not one that a WebSocket can have.</summary>
    internal Uri? RealtimeAddress()
    {
        // Made by the options of a host it may be missing, whatever the compiler asks of others.
        if (Endpoint is not { IsAbsoluteUri: true }) return null;
        var scheme = Endpoint.Scheme switch
        {
            "http" or "ws" => "ws",
            "https" or "wss" => "wss",
            _ => null,
        };
        if (scheme is null) return null;
        var address = new UriBuilder(Endpoint) { Scheme = scheme };
        if (address.Path is "" or "/") address.Path = RealtimePath;
        return address.Uri;
    }

    /// <summary>What stands before <c>/v1/</c> in the addresses of the server over HTTP, without a slash at its end.</summary>
    internal string HttpAddress()
    {
        var realtime = RealtimeAddress()!;
        var prefix = realtime.AbsolutePath.EndsWith(RealtimePath, StringComparison.Ordinal) ? realtime.AbsolutePath[..^RealtimePath.Length] : "";
        return $"{(realtime.Scheme == "wss" ? "https" : "http")}://{realtime.Authority}{prefix}";
    }

    private const string RealtimePath = "/v1/realtime";

    private static bool IsWait(TimeSpan wait) => wait > TimeSpan.Zero && wait < TimeSpan.FromDays(24);
}

/// <summary>What a connection receives.</summary>
public enum ReceiveMode
{
    /// <summary>Entries, receipts and heads of all conversations of the user.</summary>
    Everything,

    /// <summary>Answers only: for programs that just send.</summary>
    AnswersOnly,
}
