using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Delivery;

/// <summary>Who listens to what a client tells, in which order, and what becomes of those who come, go or throw while it is told.</summary>
public sealed class ListenerTests
{
    private readonly ConversationId _conversation = ConversationId.New();
    private readonly ConcurrentQueue<string> _heard = [];

    [Fact]
    [Trait("Row", "S11"), Trait("Row", "S12"), Trait("Row", "S15"), Trait("Row", "S20")]
    public async Task Every_listener_hears_every_message_in_the_order_in_which_they_were_added()
    {
        await using var scene = await StartAsync();
        foreach (var name in new[] { "c", "a", "b" }) scene.Alice.MessageReceived += (_, e) => _heard.Enqueue($"{name}{e.Entry.Sequence}");

        await SayAsync(scene, 1, 2);

        Assert.Equal(["c1", "a1", "b1", "c2", "a2", "b2"], _heard);
    }

    [Fact]
    [Trait("Row", "S13")]
    public async Task One_added_twice_is_called_twice_and_removed_once()
    {
        await using var scene = await StartAsync();
        EventHandler<MessageEventArgs> listener = (_, e) => _heard.Enqueue($"{e.Entry.Sequence}");
        scene.Alice.MessageReceived += listener;
        scene.Alice.MessageReceived += listener;
        await SayAsync(scene, 1);
        scene.Alice.MessageReceived -= listener;
        await SayAsync(scene, 2);
        scene.Alice.MessageReceived -= listener;
        // Of one that is not there nothing is removed.
        scene.Alice.MessageReceived -= listener;
        await SayAsync(scene, 3);

        Assert.Equal(["1", "1", "2"], _heard);
    }

    [Fact]
    [Trait("Row", "S13")]
    public async Task One_removed_while_an_event_is_told_hears_this_one_still_and_one_added_hears_the_next()
    {
        await using var scene = await StartAsync();
        EventHandler<MessageEventArgs> late = (_, e) => _heard.Enqueue($"late{e.Entry.Sequence}"), second = (_, e) => _heard.Enqueue($"second{e.Entry.Sequence}");
        EventHandler<MessageEventArgs>? first = null;
        first = (_, e) =>
        {
            _heard.Enqueue($"first{e.Entry.Sequence}");
            scene.Alice.MessageReceived -= first;
            scene.Alice.MessageReceived -= second;
            scene.Alice.MessageReceived += late;
        };
        scene.Alice.MessageReceived += first;
        scene.Alice.MessageReceived += second;

        await SayAsync(scene, 1, 2);

        Assert.Equal(["first1", "second1", "late2"], _heard);
    }

    [Fact]
    [Trait("Row", "S12")]
    public async Task One_that_throws_harms_no_other_and_is_reported_also_by_one_that_throws()
    {
        await using var scene = await StartAsync();
        var reported = new ConcurrentQueue<ListenerFailedEventArgs>();
        scene.Alice.ListenerFailed += (_, _) => throw new InvalidOperationException("the reporter");
        scene.Alice.ListenerFailed += (_, e) => reported.Enqueue(e);
        scene.Alice.MessageReceived += (_, _) => throw new InvalidOperationException("the first");
        scene.Alice.MessageReceived += (_, e) => _heard.Enqueue($"{e.Entry.Sequence}");

        await SayAsync(scene, 1, 2);

        Assert.Equal(["1", "2"], _heard);
        Assert.Equal([(nameof(ParleyClient.MessageReceived), "the first"), (nameof(ParleyClient.MessageReceived), "the first")], reported.Select(one => (one.Listener, one.Error.Message)));
    }

    private Task<Scene> StartAsync() => Scene.StartAsync(opening => opening.Changed(_conversation, head: 0));

    private async Task SayAsync(Scene scene, params long[] sequences)
    {
        foreach (var sequence in sequences) await scene.Connection.SendAsync(ScriptedConnection.Entry(Bob.Says(_conversation, sequence, "hello")));
        await UntilAsync(() => scene.Told.Entries.LastOrDefault()?.Sequence.Value == sequences[^1], "all were told");
        // Told lists an entry before listeners to messages are called: the next thing told comes after them.
        var passed = new Happening.InTurn(() => { });
        Assert.True(scene.Alice.Happened(passed));
        await passed.Done.Task;
    }
}
