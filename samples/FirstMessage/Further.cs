using Parley;
using Parley.Client;

namespace FirstMessage;

/// <summary>What the guide shows beyond the first message.</summary>
internal static class Further
{
    /// <summary>Sends a text, and says what became of it.</summary>
    public static async Task<string> SendAsync(ParleyClient client, ConversationId conversation, string text)
    {
        // docs: outcomes
        try
        {
            var entry = await client.Messages.SendAsync(conversation, text);
            return $"It is number {entry.Sequence}, and on disk.";
        }
        catch (ParleyRefusedException refused)
        {
            return $"The server will not do it: {refused.Refusal.Code}.";
        }
        catch (MessageNotSentException)
        {
            return "It was not recorded and will not be: send it anew.";
        }
        catch (MessageUnknownException)
        {
            return "Nobody knows yet. MessageSettled tells; until then do not send it under another id.";
        }
        // docs: end
    }

    /// <summary>Shows a conversation until the user has seen enough.</summary>
    public static async Task ShowAsync(ParleyClient client, ConversationId conversation, Task seenEnough)
    {
        // docs: timeline
        using var live = await client.Conversations.OpenAsync(conversation);
        live.Changed += (_, e) => Show(e.Timeline);
        Show(live.Timeline);
        await live.MarkReadAsync();
        // docs: end
        await seenEnough;
    }

    /// <summary>Sends more than text, answers it, passes it on, and takes it back.</summary>
    public static async Task SayMoreAsync(ParleyClient client, ConversationId conversation, ConversationId other)
    {
        // docs: content
        var content = new MessageContent(
            [
                MessagePart.OfText("Look what I found, @bob"),
                MessagePart.OfUrl("image/jpeg", new Uri("https://files.example.org/cat.jpg"), "cat.jpg"),
                MessagePart.Of(new Location(52.5163, 13.3777, Name: "Brandenburg Gate")),
            ],
            Ext: CustomData.Parse("""{"theme":"dark"}"""),
            Mentions: new Mentions([new UserId("bob")]));
        var entry = await client.Messages.SendAsync(conversation, content);
        var message = ((MessageSent)entry.Event).Message;
        // docs: end

        // docs: reply
        await client.Messages.SendAsync(conversation, MessageContent.OfText("Me too"), new SendOptions { ReplyTo = message });
        var forwarded = await client.Messages.ForwardAsync(other, from: conversation, original: message);
        // docs: end

        // docs: many
        var outcomes = await client.Messages.SendToAsync(
            [new MessageRecipient(User: new UserId("bob")), new MessageRecipient(Email: "carol@example.org"), new MessageRecipient(Phone: "+49 170 1234567")],
            MessageContent.OfText("Dinner at eight"));
        foreach (var one in outcomes)
            Console.WriteLine(one.Refusal is { } refused ? $"{one.Recipient}: {refused.Code}" : $"{one.User} has it as {one.Sequence}");
        // docs: end

        // docs: expired
        client.MessagesExpired += (_, e) => Console.WriteLine($"{e.Expired.Count} messages in {e.Expired.Conversation} were never received by everybody");
        // docs: end

        // docs: online
        client.OnlineMessageReceived += (_, e) => Console.WriteLine($"{e.Message.Sender}: {e.Message.Content.Parts[0].AsCommand()?.Action}");
        await client.Messages.SendOnlineAsync(conversation, new MessageContent([MessagePart.Of(new AppCommand("ring"))]));
        // docs: end

        // docs: edit
        client.MessageChanged += (_, e) => Console.WriteLine(e.IsRecalled ? $"{e.Message} was taken back" : $"{e.Message}: {e.Content?.PlainText()}");

        await client.Messages.EditAsync(conversation, message, MessageContent.OfText("Look what I found"));
        await client.Messages.RecallAsync(conversation, message);                          // from everybody
        await client.Messages.RemoveAsync(other, [((MessageSent)forwarded.Event).Message]); // from my own devices only
        // docs: end
    }

    /// <summary>Shows who is there.</summary>
    public static async Task FollowAsync(ParleyClient client)
    {
        // docs: presence
        client.Presence.Changed += (_, e) => Console.WriteLine($"{e.State.User} is {e.State.Status} {e.State.Text}");
        foreach (var state in await client.Presence.SubscribeAsync([new UserId("bob"), new UserId("carol")]))
            Console.WriteLine($"{state.User} is {state.Status}, last seen {state.LastSeen}");
        // docs: end
    }

    /// <summary>Shows who is there of all with whom the user shares conversations.</summary>
    public static async Task<ParleyClient> FollowEverybodyAsync(Uri endpoint, Func<CancellationToken, ValueTask<string>> tokens)
    {
        // docs: following
        var client = new ParleyClient(new ParleyClientOptions { Endpoint = endpoint, TokenProvider = tokens, FollowPresence = true });
        client.Presence.Changed += (_, e) => Console.WriteLine($"{e.State.User} is {e.State.Status}");
        await client.ConnectAsync();
        // docs: end
        return client;
    }

    /// <summary>Says how the user can be reached.</summary>
    public static async Task BeSeenAsync(ParleyClient client)
    {
        // docs: status
        await client.Presence.SetAsync(PresenceStatus.Busy, "In a meeting until three");
        await client.Presence.SetAsync(PresenceStatus.Invisible); // offline to everybody else; nothing he does moves when he was seen last
        await client.Presence.SetAsync(null);                     // as his devices have it
        // docs: end
    }

    /// <summary>Shows who types, and is seen typing.</summary>
    public static async Task TypeAsync(ParleyClient client, ConversationId conversation)
    {
        // docs: typing
        using var live = await client.Conversations.OpenAsync(conversation);
        live.TypingChanged += (_, _) => Console.WriteLine($"{string.Join(", ", live.Typing.Keys)} typing");
        await live.StartTypingAsync();
        await live.SendAsync("Here it is");
        // docs: end
    }

    // docs: show
    private static void Show(Timeline timeline)
    {
        foreach (var message in timeline.Items.OfType<TimelineMessage>())
            Console.WriteLine($"{message.At:HH:mm} {message.Sender}: {message.Content.PlainText()} ({timeline.StateOf(message)})");
    }
    // docs: end
}
