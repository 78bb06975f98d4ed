using System.Collections.Concurrent;
using Parley.Client.Testing;
using Parley.Client.Tests.Support;

namespace Parley.Client.Tests.Testing;

/// <summary>The kit shows what the server does, with a clock that only the test moves.</summary>
public sealed class TestServerTests
{
    [Fact]
    public async Task A_message_reaches_who_is_connected_and_nothing_waits_for_real_time()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var (of, to) = (new Told(alice), new Told(bob));
        var conversation = await alice.Conversations.DirectAsync(Cast.Bob);

        await alice.Messages.SendAsync(conversation.Conversation, "hello");
        await server.Clock.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal("hello", Assert.Single(to.Received).Text());
        Assert.Single(of.Delivered);
    }
}
