using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley.Client.Testing;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Hosting;

/// <summary>A client in a host, with what its container has.</summary>
public sealed class ServiceCollectionTests
{
    private static readonly Uri Nowhere = new("http://localhost:9");

    [Fact]
    public async Task What_is_not_set_comes_from_the_container_which_disposes_the_client()
    {
        var clock = new StoppedClock();
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(clock).AddSingleton(Nowhere);
        services.AddParleyClient((provider, options) => Set(options, provider.GetRequiredService<Uri>()));
        ParleyClient client;
        await using (var provider = services.BuildServiceProvider())
        {
            client = provider.GetRequiredService<ParleyClient>();
            Assert.Same(client, provider.GetRequiredService<ParleyClient>());
            Assert.Equal((Nowhere, clock, provider.GetRequiredService<ILoggerFactory>()), (client.Options.Endpoint, client.Options.TimeProvider, client.Options.LoggerFactory));
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.ConnectAsync());
    }

    [Fact]
    public async Task What_the_code_sets_is_not_taken_from_the_container()
    {
        var (clock, loggers) = (new StoppedClock(), new LoggerFactory());
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(new StoppedClock());
        services.AddParleyClient((_, options) =>
        {
            Set(options, Nowhere);
            (options.TimeProvider, options.LoggerFactory) = (clock, loggers);
        });
        await using var provider = services.BuildServiceProvider();

        var client = provider.GetRequiredService<ParleyClient>();

        Assert.Equal((clock, loggers), (client.Options.TimeProvider, client.Options.LoggerFactory));
    }

    [Fact]
    public async Task Options_come_from_configuration_and_from_Configure_too()
    {
        var services = new ServiceCollection();
        services.AddParleyClient((_, options) => Set(options, Nowhere)).Bind(Section(("endpoint", "https://chat.example.org"), ("SendTimeout", "00:00:07"), ("Receive", "answersonly"), ("DeviceId", "phone")));
        services.Configure<ParleyClientOptions>(options => options.PingTimeout = TimeSpan.FromSeconds(3));
        await using var provider = services.BuildServiceProvider();

        var options = provider.GetRequiredService<ParleyClient>().Options;

        Assert.Equal(
            (new Uri("https://chat.example.org"), TimeSpan.FromSeconds(7), ReceiveMode.AnswersOnly, new DeviceId("phone"), TimeSpan.FromSeconds(3)),
            (options.Endpoint, options.SendTimeout, options.Receive, options.DeviceId, options.PingTimeout));
    }

    [Theory]
    [InlineData("SendTimout", "00:00:07", "Chat:SendTimout is no option")]
    [InlineData("SendTimeout", "seven", "Chat:SendTimeout cannot be read")]
    [InlineData("SendTimeout", "-00:00:01", "Timeouts must be longer")]
    [InlineData("Endpoint", "chat", "Chat:Endpoint cannot be read")]
    [InlineData("Receive", "Something", "Chat:Receive cannot be read")]
    [InlineData("Receive", "7", "Chat:Receive cannot be read")]
    [InlineData("DeviceId", "", "Chat:DeviceId cannot be read")]
    [InlineData("TokenProvider:Key", "x", "Chat:TokenProvider is no option")]
    public async Task A_setting_that_is_none_or_cannot_be_is_told_by_its_name(string key, string value, string problem)
    {
        var services = new ServiceCollection();
        services.AddParleyClient((_, options) => Set(options, Nowhere)).Bind(Section((key, value)));
        await using var provider = services.BuildServiceProvider();

        Assert.Contains(problem, Assert.ThrowsAny<ArgumentException>(() => provider.GetRequiredService<ParleyClient>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_without_an_endpoint_or_a_token_provider_are_misuse()
    {
        var services = new ServiceCollection();
        services.AddParleyClient((_, options) => options.TokenProvider = _ => ValueTask.FromResult("token"));
        services.AddKeyedParleyClient("bob", (_, options) => options.Endpoint = Nowhere);
        await using var provider = services.BuildServiceProvider();

        Assert.Throws<ArgumentException>(() => provider.GetRequiredService<ParleyClient>());
        Assert.Throws<ArgumentException>(() => provider.GetRequiredKeyedService<ParleyClient>("bob"));
    }

    [Fact]
    public void Whatever_of_the_options_is_text_can_be_configured()
    {
        var isText = typeof(ParleyClientOptions).GetProperties()
            .Where(property => (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) is var type && (type.IsValueType || type == typeof(Uri) || type == typeof(string)))
            .Select(property => property.Name);

        Assert.Equal(isText.Order(), ConfiguredOptions.Names.Order());
    }

    [Fact]
    public async Task Connected_at_the_start_the_client_says_goodbye_at_the_stop()
    {
        await using var server = await ScriptedServer.StartAsync();
        using var host = HostOf(services => services.AddParleyClient((_, options) => Set(options, server.Address)).ConnectAtStart());

        // Nobody answers yet: the start does not wait for it.
        await host.StartAsync();
        var connection = await server.NextSessionAsync();
        var client = host.Services.GetRequiredService<ParleyClient>();
        await client.ConnectAsync();
        Assert.Equal(ConnectionState.Open, client.State);

        await host.StopAsync();
        await connection.Ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(1000, (int?)connection.ClientClosed);
    }

    [Fact]
    public async Task A_client_that_the_server_will_not_have_does_not_end_the_host()
    {
        await using var server = await ScriptedServer.StartAsync();
        using var lines = new RecordedLines();
        using var host = HostOf(services =>
        {
            services.AddSingleton<ILoggerFactory>(lines);
            services.AddParleyClient((_, options) => Set(options, server.Address)).ConnectAtStart();
        });
        await host.StartAsync();

        var connection = await server.NextConnectionAsync();
        await connection.RefuseAsync(await connection.ExpectAsync("session.open"), Refusals.Suspended);

        await UntilAsync(() => lines.Lines.Any(line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("will not be", StringComparison.Ordinal)), "it is logged");
        await host.StopAsync();
    }

    [Theory]
    [InlineData(LocalStoreFailure.InUse)]
    [InlineData(LocalStoreFailure.Unavailable)]
    public async Task While_the_store_is_in_use_it_is_tried_again_every_five_seconds(LocalStoreFailure failure)
    {
        await using var server = await ScriptedServer.StartAsync();
        var (clock, store) = (new VirtualClock(), new LockedStore(failure, times: 2));
        var start = clock.GetUtcNow();
        using var lines = new RecordedLines();
        using var host = HostOf(server, clock, store, lines);
        await host.StartAsync();

        await UntilAsync(() => clock.NextDue == start.AddSeconds(5), "it waits");
        clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.Equal(1, store.Asked);
        clock.Advance(TimeSpan.FromTicks(1));
        await UntilAsync(() => store.Asked == 2 && clock.NextDue == start.AddSeconds(10), "it waits again");
        clock.Advance(TimeSpan.FromSeconds(5));

        _ = await server.NextSessionAsync();
        Assert.Single(lines.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("tried again", StringComparison.Ordinal));
        await clock.AdvanceUntilAsync(host.StopAsync());
    }

    [Fact]
    public async Task A_host_whose_client_waits_for_its_store_stops_while_the_clock_stands_still()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (clock, store) = (new VirtualClock(), new LockedStore(LocalStoreFailure.InUse, times: 1));
        using var lines = new RecordedLines();
        using var host = HostOf(server, clock, store, lines);
        await host.StartAsync();
        await UntilAsync(() => clock.NextDue is not null, "it waits");

        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);

        Assert.Equal(1, store.Asked);
    }

    [Fact]
    public async Task A_store_that_is_damaged_is_not_tried_again()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (clock, store) = (new VirtualClock(), new LockedStore(LocalStoreFailure.Damaged, times: 1));
        using var lines = new RecordedLines();
        using var host = HostOf(server, clock, store, lines);
        await host.StartAsync();

        await UntilAsync(() => lines.Lines.Any(line => line.Contains("will not be", StringComparison.Ordinal)), "it is logged");
        await clock.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(1, store.Asked);
        await host.StopAsync();
    }

    [Fact]
    public async Task Several_users_of_a_program_have_clients_of_their_own_by_name()
    {
        var services = new ServiceCollection();
        services.AddParleyClient((_, options) => Set(options, Nowhere));
        services.AddKeyedParleyClient("bob", (_, options) => Set(options, Nowhere)).Bind(Section(("DeviceId", "bobs")));
        services.AddKeyedParleyClient("carol", (_, options) => Set(options, Nowhere));
        await using var provider = services.BuildServiceProvider();

        var clients = new[] { provider.GetRequiredService<ParleyClient>(), provider.GetRequiredKeyedService<ParleyClient>("bob"), provider.GetRequiredKeyedService<ParleyClient>("carol") };

        Assert.Equal(3, clients.Select(client => client.Options.DeviceId).Distinct().Count());
        Assert.Equal(new DeviceId("bobs"), clients[1].Options.DeviceId);
        Assert.Throws<InvalidOperationException>(() => services.AddKeyedParleyClient("bob", (_, _) => { }));
        Assert.Throws<InvalidOperationException>(() => services.AddParleyClient((_, _) => { }));
        Assert.Throws<InvalidOperationException>(() => services.AddScopedParleyClient((_, _) => { }));
    }

    [Fact]
    public async Task A_client_of_a_scope_is_configured_in_it_and_ends_with_it()
    {
        var services = new ServiceCollection().AddScoped<Visitor>();
        var builder = services.AddScopedParleyClient((scope, options) =>
        {
            var visitor = scope.GetRequiredService<Visitor>();
            Set(options, Nowhere);
            options.DeviceId = visitor.Device;
        });
        Assert.Throws<InvalidOperationException>(() => builder.ConnectAtStart());
        await using var provider = services.BuildServiceProvider(validateScopes: true);
        ParleyClient first;
        await using (var scope = provider.CreateAsyncScope())
        {
            first = scope.ServiceProvider.GetRequiredService<ParleyClient>();
            Assert.Same(first, scope.ServiceProvider.GetRequiredService<ParleyClient>());
            Assert.Equal(scope.ServiceProvider.GetRequiredService<Visitor>().Device, first.Options.DeviceId);
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => first.ConnectAsync());
        await using var second = provider.CreateAsyncScope();
        Assert.NotEqual(first.Options.DeviceId, second.ServiceProvider.GetRequiredService<ParleyClient>().Options.DeviceId);
    }

    [Fact]
    public async Task What_is_changed_after_the_client_was_made_counts_no_more()
    {
        var options = new ParleyClientOptions { Endpoint = Nowhere, TokenProvider = _ => ValueTask.FromResult("token") };
        await using var client = new ParleyClient(options);

        options.Endpoint = new Uri("http://localhost:10");

        Assert.Equal(Nowhere, client.Options.Endpoint);
    }

    private static void Set(ParleyClientOptions options, Uri endpoint) => (options.Endpoint, options.TokenProvider) = (endpoint, _ => ValueTask.FromResult("token"));

    private static IConfigurationSection Section(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => $"Chat:{setting.Key}", setting => (string?)setting.Value)).Build().GetSection("Chat");

    private static IHost HostOf(Action<IServiceCollection> add)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        add(builder.Services);
        return builder.Build();
    }

    private static IHost HostOf(ScriptedServer server, VirtualClock clock, LocalStore store, RecordedLines lines) => HostOf(services =>
    {
        services.AddSingleton<ILoggerFactory>(lines);
        services.AddParleyClient((_, options) =>
        {
            Set(options, server.Address);
            (options.TimeProvider, options.Store) = (clock, store);
        }).ConnectAtStart();
    });

    /// <summary>A store that cannot be opened so many times.</summary>
    private sealed class LockedStore(LocalStoreFailure failure, int times) : LocalStore
    {
        private readonly MemoryStore _store = new();
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public override ValueTask OpenAsync(CancellationToken cancel = default) =>
            Interlocked.Increment(ref _asked) <= times ? throw new LocalStoreException(failure, "It cannot be opened.") : _store.OpenAsync(cancel);

        public override ValueTask<IReadOnlyList<LocalRecord>> ReadAsync(LocalRange range, CancellationToken cancel = default) => _store.ReadAsync(range, cancel);

        public override ValueTask WriteAsync(IReadOnlyList<LocalChange> changes, CancellationToken cancel = default) => _store.WriteAsync(changes, cancel);

        public override ValueTask DisposeAsync() => _store.DisposeAsync();
    }

    private sealed class Visitor
    {
        public DeviceId Device { get; } = DeviceId.New();
    }
}
