using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Parley.Client.Testing;
using Parley.Client.Tests.Support;
using Parley.Storage;

namespace Parley.Client.Tests.Testing;

/// <summary>A test server that ends, or is to: what time it is then, and what it leaves.</summary>
public sealed class EndingTests
{
    [Fact]
    public async Task The_clock_stands_still_while_the_server_restarts_and_while_it_ends()
    {
        var server = await ParleyTestServer.StartAsync();
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        await alice.Messages.SendAsync((await bob.Conversations.DirectAsync(Cast.Alice)).Conversation, "hello");
        var start = server.Clock.GetUtcNow();

        await server.RestartAsync();
        Assert.Equal(start, server.Clock.GetUtcNow());
        await server.Clock.AdvanceUntilAsync(() => alice.State == ConnectionState.Open && bob.State == ConnectionState.Open);
        start = server.Clock.GetUtcNow();
        await server.DisposeAsync();

        Assert.Equal(start, server.Clock.GetUtcNow());
    }

    [Fact]
    public async Task What_waits_for_the_clock_as_it_ends_is_given_its_time()
    {
        var clock = new VirtualClock { EndsWithin = TimeSpan.FromSeconds(2) };
        var start = clock.GetUtcNow();

        await clock.FlowAsync(Task.Delay(TimeSpan.FromSeconds(1), clock));

        Assert.InRange(clock.GetUtcNow() - start, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.02));
    }

    [Fact]
    public async Task Who_moves_the_clock_is_not_disturbed_by_what_ends()
    {
        var clock = new VirtualClock { EndsWithin = TimeSpan.FromMilliseconds(200) };
        var start = clock.GetUtcNow();
        using var goOn = new ManualResetEventSlim();
        var asked = new TaskCompletionSource();
        var moving = clock.AdvanceUntilAsync(() =>
        {
            asked.TrySetResult();
            goOn.Wait();
            return true;
        });
        await asked.Task;

        await Assert.ThrowsAnyAsync<Exception>(() => clock.FlowAsync(new TaskCompletionSource().Task));
        Assert.Equal(start, clock.GetUtcNow());

        goOn.Set();
        await moving;
        await clock.AdvanceAsync(TimeSpan.FromSeconds(1)).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
    }

    [Fact]
    public async Task A_server_whose_client_does_not_end_leaves_nothing_behind()
    {
        var (clock, witness) = (new VirtualClock { EndsWithin = TimeSpan.FromMilliseconds(200) }, new Witness());
        var server = await ParleyTestServer.StartAsync(new ParleyTestServerOptions { Clock = clock, ConfigureServices = witness.AddTo });
        var alice = await server.ConnectAsync("alice");
        using var goOn = new ManualResetEventSlim();
        var heard = new TaskCompletionSource();
        alice.StateChanged += (_, _) =>
        {
            heard.TrySetResult();
            goOn.Wait();
        };
        server.FaultsOf("alice").Disconnect();
        await heard.Task;
        Assert.True(Directory.Exists(witness.Folder));

        await Assert.ThrowsAsync<TimeoutException>(() => server.DisposeAsync().AsTask());

        Assert.True(witness.IsDisposed);
        Assert.False(Directory.Exists(witness.Folder));
        await Assert.ThrowsAsync<ObjectDisposedException>(server.RestartAsync);
        goOn.Set();
    }

    [Fact]
    public async Task A_server_that_cannot_start_leaves_nothing_behind()
    {
        var witness = new Witness { Fails = true };

        await Assert.ThrowsAsync<InvalidOperationException>(() => ParleyTestServer.StartAsync(new ParleyTestServerOptions { ConfigureServices = witness.AddTo }));

        Assert.True(witness.IsDisposed);
        Assert.False(Directory.Exists(witness.Folder));
    }

    [Fact]
    public async Task A_server_that_cannot_stop_as_it_should_leaves_nothing_behind()
    {
        var witness = new Witness();
        var server = await ParleyTestServer.StartAsync(new ParleyTestServerOptions { ConfigureServices = witness.AddTo });
        witness.Fails = true;

        await Assert.ThrowsAnyAsync<Exception>(server.RestartAsync);
        Assert.True(witness.IsDisposed);
        await server.DisposeAsync();

        Assert.False(Directory.Exists(witness.Folder));
    }

    /// <summary>Something of the host that sees where the server has its data, and its end.</summary>
    private sealed class Witness
    {
        public bool Fails { get; set; }

        public string Folder { get; private set; } = "";

        public bool IsDisposed { get; private set; }

        public void AddTo(IServiceCollection services) => services.AddSingleton<IHostedService>(provider => new Service(this, provider.GetRequiredService<IOptions<StorageOptions>>()));

        private sealed class Service(Witness witness, IOptions<StorageOptions> storage) : IHostedService, IDisposable
        {
            public Task StartAsync(CancellationToken cancellationToken)
            {
                witness.Folder = storage.Value.DataDirectory;
                return StopAsync(cancellationToken);
            }

            public Task StopAsync(CancellationToken cancellationToken) => witness.Fails ? throw new InvalidOperationException("It fails.") : Task.CompletedTask;

            public void Dispose() => witness.IsDisposed = true;
        }
    }
}
