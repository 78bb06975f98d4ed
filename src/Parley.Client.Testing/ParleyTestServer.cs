using System.Net.Http.Headers;
using System.Net.Http.Json;
using Parley.Client.Testing.Transport;
using Parley.Identity;

namespace Parley.Client.Testing;

/// <summary>The real server of Parley in the test's own process, on an empty database of its own: its rules, permissions, moderation and limits, without a port, with a clock that the test moves and a wire that it breaks.</summary>
/// <remarks>Safe for use from any thread. Each test starts its own, in some tens of milliseconds; several may run at once.</remarks>
public sealed partial class ParleyTestServer : IAsyncDisposable
{
    private readonly ParleyTestServerOptions _options;
    private readonly Network _network;
    private readonly AppOptions _keys;
    private readonly Lock _gate = new();
    private readonly Dictionary<UserId, Faults> _faults = [];
    private readonly List<ParleyClient> _made = [];
    private readonly List<ParleyClient> _own = [];
    private readonly List<IDisposable> _handlers = [];
    private readonly Dictionary<UserId, int> _devices = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("parley-test-");
    private readonly HttpClient _backend;
    private readonly Moving _moving;
    private bool _disposed;

    private ParleyTestServer(ParleyTestServerOptions options)
    {
        _options = options;
        Clock = options.Clock ?? new VirtualClock();
        _network = new Network(Clock);
        Faults = new Faults(_network, all: null);
        _keys = new AppOptions();
        _keys.Keys.Add(new AppKeyOptions { Secret = Secret });
        _backend = HttpOf(Keep(_network.Handler(faults: null)), new AuthenticationHeaderValue("ApiKey", ApiKey));
        _moving = new Moving(this);
        Clock.WaitFor(_network);
        Clock.WaitFor(_moving);
    }

    /// <summary>The clock of the server, and of the clients that are made with its options. It stands still until the test moves it.</summary>
    public VirtualClock Clock { get; }

    /// <summary>What goes wrong on the way from and to every client. <see cref="Backend"/> is not concerned.</summary>
    public Faults Faults { get; }

    /// <summary>Where the server is, for <see cref="ParleyClientOptions.Endpoint"/>. No name server knows it: it is reached through <see cref="HandlerOf"/> only.</summary>
    public Uri Endpoint { get; } = new("http://parley.test");

    /// <summary>The HTTP API as the app's backend has it, with an API key: <c>POST v1/user.put</c> and all others. In a user's name with the header <c>Parley-User</c>.</summary>
    public HttpClient Backend => _backend;

    /// <summary>The secret that the app's tokens are signed with (HS256), for who makes tokens by himself.</summary>
    public string Secret { get; } = $"a secret of a test server, {Guid.NewGuid():n}";

    /// <summary>Starts a server.</summary>
    /// <param name="options">How; left out, as it is.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting cannot be.</exception>
    public static async Task<ParleyTestServer> StartAsync(ParleyTestServerOptions? options = null)
    {
        var server = new ParleyTestServer(options ?? new ParleyTestServerOptions());
        try
        {
            await server.StartHostAsync().ConfigureAwait(false);
        }
        catch
        {
            server.Remove();
            throw;
        }

        return server;
    }

    /// <summary>A client of a user, who needs not exist before; not connected yet. Disposed of with the server, or before.</summary>
    /// <param name="user">Who.</param>
    /// <param name="device">The device; left out, another one each time. A second connection of a device ends the first.</param>
    /// <param name="store">Where messages are kept; not disposed of.</param>
    public ParleyClient Client(string user, string? device = null, LocalStore? store = null)
    {
        var client = new ParleyClient(Options(user, device, store));
        lock (_gate) _own.Add(client);
        return client;
    }

    /// <summary>A client of a user; connected.</summary>
    /// <param name="user">Who.</param>
    /// <param name="device">The device; left out, another one each time.</param>
    /// <param name="store">Where messages are kept; not disposed of.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<ParleyClient> ConnectAsync(string user, string? device = null, LocalStore? store = null, CancellationToken cancel = default)
    {
        var client = Client(user, device, store);
        await client.ConnectAsync(cancel).ConfigureAwait(false);
        return client;
    }

    /// <summary>Options of a client of this user, for who makes it by himself. Its waits are drawn from a fixed row of numbers, so that a test runs the same each time.</summary>
    /// <param name="user">Who.</param>
    /// <param name="device">The device; left out, another one each time.</param>
    /// <param name="store">Where messages are kept.</param>
    /// <remarks>
    /// A program with options of its own takes <see cref="Endpoint"/>, <see cref="TokensOf"/>, <see cref="Clock"/>, and <see cref="HandlerOf"/> both as <see cref="ParleyClientOptions.HttpHandler"/> and as
    /// <see cref="ParleyClientOptions.WebSocketHandler"/>. Of such a client <see cref="VirtualClock.AdvanceAsync"/> sees what goes over its wire, and not what it has still to tell.
    /// </remarks>
    public ParleyClientOptions Options(string user, string? device = null, LocalStore? store = null)
    {
        var options = new ParleyClientOptions { Endpoint = Endpoint, TokenProvider = TokensOf(user) };
        Configure(options, user, device, store);
        return options;
    }

    /// <summary>As <see cref="Options"/>, for options that somebody else makes, as a host does: <c>services.AddParleyClient((_, options) => server.Configure(options, "alice"))</c>.</summary>
    /// <param name="options">The options; what concerns neither the user nor the way to the server stays as it is.</param>
    /// <param name="user">Who.</param>
    /// <param name="device">The device; left out, another one each time.</param>
    /// <param name="store">Where messages are kept; left out, where the options say.</param>
    public void Configure(ParleyClientOptions options, string user, string? device = null, LocalStore? store = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var id = new UserId(user);
        int number;
        lock (_gate) number = _devices[id] = _devices.GetValueOrDefault(id) + 1;
        var chance = new Random(number);
        (options.Endpoint, options.TokenProvider, options.DeviceId) = (Endpoint, TokensOf(user), new DeviceId(device ?? $"device-{number}"));
        (options.Store, options.TimeProvider) = (store ?? options.Store, Clock);
        options.HttpHandler = options.WebSocketHandler = HandlerOf(user);
        options.Made = client =>
        {
            lock (_gate) _made.Add(client);
        };
        options.Uniform = () =>
        {
            lock (chance) return chance.NextDouble();
        };
    }

    /// <summary>What carries the HTTP and the WebSockets of this user, with the faults of all and his. Disposed of with the server.</summary>
    public HttpMessageHandler HandlerOf(string user) => Keep(_network.Handler(FaultsOf(user)));

    /// <summary>Asks for tokens as an app does: a new one each time, from then on good for <see cref="ParleyTestServerOptions.TokenLifetime"/>.</summary>
    public Func<CancellationToken, ValueTask<string>> TokensOf(string user) => _ => ValueTask.FromResult(TokenOf(user));

    /// <summary>A token of this user, from now on.</summary>
    /// <param name="user">Who.</param>
    /// <param name="lifetime">How long it is good, 24 hours at most; left out, <see cref="ParleyTestServerOptions.TokenLifetime"/>.</param>
    public string TokenOf(string user, TimeSpan? lifetime = null) =>
        new TokenIssuer(_options.App, _keys, Clock).Issue(new UserId(user), lifetime ?? _options.TokenLifetime);

    /// <summary>What goes wrong on the way from and to this user's devices, beside <see cref="Faults"/>. The same object each time.</summary>
    public Faults FaultsOf(string user)
    {
        var id = new UserId(user);
        lock (_gate) return _faults.TryGetValue(id, out var faults) ? faults : _faults[id] = new Faults(_network, Faults);
    }

    /// <summary>Makes a user, or changes him, as the app's backend does. Who only connects needs none of it.</summary>
    /// <param name="user">Who.</param>
    /// <param name="displayName">What he is called.</param>
    /// <param name="avatarUrl">His picture.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <exception cref="HttpRequestException">The server refused it.</exception>
    public async Task CreateUserAsync(string user, string? displayName = null, string? avatarUrl = null, CancellationToken cancel = default)
    {
        using var content = JsonContent.Create(new PutUser(new UserId(user), displayName, avatarUrl), ProtocolJson.Lenient.PutUser);
        using var answer = await _backend.PostAsync(new Uri($"v1/{Methods.PutUser}", UriKind.Relative), content, cancel).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>The HTTP API in a user's name, with a token of this moment. It has his faults, those of methods too: a refusal is a problem (RFC 9457). Disposed of with the server.</summary>
    public HttpClient HttpOf(string user) => HttpOf(HandlerOf(user), new AuthenticationHeaderValue("Bearer", TokenOf(user)));

    /// <summary>Ends the server as a deployment does, and starts it again on what it has: connections end, clients come back when the clock moves.</summary>
    /// <remarks>The clock stands still meanwhile, unless something of the server waits for it for seconds of real time, as what a test adds to its services may: then it moves on until the server has stopped.</remarks>
    /// <exception cref="TimeoutException">The server does not stop.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed of.</exception>
    public async Task RestartAsync()
    {
        lock (_gate) ObjectDisposedException.ThrowIf(_disposed, this);
        await StopHostAsync().ConfigureAwait(false);
        await StartHostAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the clients that it made, and itself; its database is gone. A second time it does nothing.</summary>
    /// <remarks>Where a client does not end, the server ends all the same, and the database goes. The clock stands still meanwhile, as in <see cref="RestartAsync"/>.</remarks>
    /// <exception cref="TimeoutException">A client or the server does not end, as one whose listener never returns.</exception>
    public async ValueTask DisposeAsync()
    {
        ParleyClient[] clients;
        Faults[] faulty;
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            (clients, faulty) = ([.. _own], [.. _faults.Values, Faults]);
        }

        // Whoever waits for the clock as he goes waits for nobody else.
        _network.CutAll();
        foreach (var faults in faulty) faults.Clear();
        try
        {
            await Clock.FlowAsync(Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()))).ConfigureAwait(false);
        }
        finally
        {
            try
            {
                await StopHostAsync().ConfigureAwait(false);
            }
            finally
            {
                Remove();
            }
        }
    }

    private string ApiKey { get; } = $"the-api-key-of-a-test-server-{Guid.NewGuid():n}";

    private HttpClient HttpOf(HttpMessageHandler handler, AuthenticationHeaderValue whose)
    {
        var http = Keep(new HttpClient(handler, disposeHandler: false) { BaseAddress = Endpoint, Timeout = Timeout.InfiniteTimeSpan });
        http.DefaultRequestHeaders.Authorization = whose;
        return http;
    }

    private T Keep<T>(T handler)
        where T : IDisposable
    {
        lock (_gate) _handlers.Add(handler);
        return handler;
    }

    private void Remove()
    {
        Clock.Forget(_network);
        Clock.Forget(_moving);
        foreach (var handler in _handlers) handler.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>What the server does, and what clients have to tell.</summary>
    private sealed class Moving(ParleyTestServer server) : IMoving
    {
        public string? Why
        {
            get
            {
                if (server.Node is { IsWriting: true }) return Stillness.Writing;
                if (server.Node is { IsBusy: true }) return "the server answers or sends";
                lock (server._gate)
                {
                    foreach (var client in server._made)
                    {
                        if (client.Untold > 0) return "listeners have not heard everything";
                        if (client.State == ConnectionState.Connecting) return "a client is connecting";
                    }
                }

                return null;
            }
        }

        public long Done => 0;
    }
}
