using Parley;
using Parley.Client;

namespace KeptMessages;

/// <summary>What else is kept than a message that was handed in.</summary>
internal static class Keeping
{
    public static async Task ShowAsync(ParleyClient client, ConversationId conversation, UserId to)
    {
        // docs: changes
        client.ChangeSettled += (_, e) => Console.WriteLine(e.Failure is null ? $"{e.Change.Method} is done." : $"{e.Change.Method}: {e.Failure.Message}");

        var dinner = new CreateConversation(ConversationId.New(), ConversationKind.Group, [to], "Dinner");
        await client.Changes.QueueAsync(Change.Create(dinner));
        var message = await client.Messages.QueueAsync(dinner.Conversation, MessageContent.OfText("At seven?"));
        await client.Changes.QueueAsync(Change.Edit(dinner.Conversation, message, MessageContent.OfText("At eight?")));
        await client.Changes.QueueAsync(Change.MarkRead(dinner.Conversation, new Sequence(1)));
        Console.WriteLine($"{client.Changes.Waiting.Count} changes wait.");
        // docs: end

        // docs: object
        var hello = client.Messages.Create(conversation, MessageContent.OfText("Hello"));
        hello.StateChanged += (_, e) => Console.WriteLine($"{hello.Id}: {e.Before} -> {e.State} {hello.Failure?.Reason}");
        await hello.QueueAsync();
        // docs: end
    }

    public static async Task SendFileAsync(ParleyClient client, ConversationId conversation, string path)
    {
        // docs: file
        await client.Messages.QueueAsync(conversation, MessageContent.OfText("The film"), new SendOptions { Files = [new LocalFile(path)] });
        // docs: end
    }
}
