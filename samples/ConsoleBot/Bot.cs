using Parley;
using Parley.Client;

namespace ConsoleBot;

/// <summary>Answers messages, and answers anew when a message is edited. It lives through reconnects without doing anything for it.</summary>
internal sealed class Bot(ParleyClient client)
{
    /// <summary>What it answered to which message. Of the last thousand: a bot runs for years.</summary>
    private readonly Dictionary<MessageId, MessageId> _answers = [];
    private readonly Queue<MessageId> _oldest = new();

    public async Task AnswerAsync(IAsyncEnumerable<LogEntry> entries, CancellationToken end)
    {
        try
        {
            await foreach (var entry in entries.WithCancellation(end))
            {
                try
                {
                    await AnswerAsync(entry, end);
                }
                catch (ParleyException error)
                {
                    // It was removed from the conversation, or the message was taken back meanwhile. The next one may be answered all the same.
                    Console.WriteLine($"No answer to {entry.Conversation}: {error.Message}");
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It was told to end.
        }
    }

    /// <summary>What a text is answered with.</summary>
    public static string AnswerTo(string text) => text.Split(' ', 2) switch
    {
        ["!help", ..] => "!reverse TEXT turns a text around, !count TEXT counts its letters; anything else comes back as it is.",
        ["!reverse", var rest] => string.Concat(rest.EnumerateRunes().Reverse()),
        ["!count", var rest] => $"{rest.EnumerateRunes().Count()}",
        [{ Length: > 1 } command, ..] when command[0] == '!' => $"I do not know {command}. Try !help.",
        _ => text,
    };

    private async Task AnswerAsync(LogEntry entry, CancellationToken end)
    {
        switch (entry.Event)
        {
            // Not its own, nor those of another copy of it: two bots that answer each other never end.
            case MessageSent said when said.Sender != client.Session!.User:
                var id = MessageId.New();
                Remember(said.Message, id);
                await client.Messages.SendAsync(entry.Conversation, MessageContent.OfText(AnswerTo(said.Content.PlainText())), new SendOptions { Id = id, ReplyTo = said.Message }, end);
                await client.Receipts.MarkReadAsync(entry.Conversation, entry.Sequence, end);
                break;
            case MessageEdited { Content: { } now } edited when _answers.TryGetValue(edited.Message, out var answer):
                await client.Messages.EditAsync(entry.Conversation, answer, MessageContent.OfText(AnswerTo(now.PlainText())), end);
                break;
        }
    }

    private void Remember(MessageId message, MessageId answer)
    {
        _answers[message] = answer;
        _oldest.Enqueue(message);
        if (_oldest.Count > 1_000) _answers.Remove(_oldest.Dequeue());
    }
}
