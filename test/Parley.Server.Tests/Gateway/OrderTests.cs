using System.Text.Json;
using Parley.Delivery;

namespace Parley.Tests.Gateway;

public sealed class OrderTests
{
    [Fact]
    public async Task A_message_is_answered_to_its_sender_and_pushed_to_the_others()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        using var bob = await host.ConnectAsync("bob");
        var conversation = Guid.NewGuid();

        await alice.SendRequestAsync("7", "message.send", GatewayHost.Message(conversation, "hi"));

        var answer = await alice.ReadMessageAsync();
        Assert.Equal("7", answer.GetProperty("id").GetString());
        var push = await bob.ReadMessageAsync();
        Assert.Equal("entry", push.GetProperty("method").GetString());
        Assert.True(JsonElement.DeepEquals(answer.GetProperty("result"), push.GetProperty("params")));
        Assert.Equal(conversation, push.GetProperty("params").GetProperty("conversation").GetGuid());
    }
}
