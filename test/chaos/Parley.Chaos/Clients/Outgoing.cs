namespace Parley.Chaos;

/// <summary>A message on its way: an <see cref="Attempt"/> while it is being made.</summary>
internal sealed class Outgoing(UserId sender, int order, ConversationId conversation)
{
    private readonly List<Answer> _answers = [];

    public int Order => order;

    public ConversationId Conversation => conversation;

    public MessageId Message { get; } = MessageId.New();

    public string Text { get; } = TextOf(sender, order);

    /// <summary>When it was first sent; 0 before.</summary>
    public long InvokedAt { get; set; }

    public Ending Ending { get; private set; }

    public bool Deferred { get; set; }

    public bool LateCopyTaken { get; set; }

    /// <summary>Whether the sender gave up on it, and asks what became of it.</summary>
    public bool Cancelling { get; set; }

    /// <summary>Requests for it that were not answered on this connection.</summary>
    public int Unanswered { get; set; }

    /// <summary>When to ask again after a refusal for the moment; 0 for none.</summary>
    public long AgainAt { get; set; }

    public SendMessage Command => new(Conversation, Message, MessageContent.OfText(Text));

    /// <summary>What everybody says, in at least so many characters.</summary>
    public static string TextOf(UserId sender, int order, int length = 0) =>
        $"{sender} says number {order}: the quick brown fox jumps over the lazy dog 🦊".PadRight(length, '.');

    /// <summary>Notes an answer that names its place.</summary>
    public void AnsweredWith(long sequence, long at, Ending ending)
    {
        _answers.Add(new Answer(sequence, at));
        End(ending);
    }

    /// <summary>Notes what came of it; the first ending stays.</summary>
    public void End(Ending ending)
    {
        if (Ending == Ending.Open) Ending = ending;
    }

    public Attempt Seal() => new(sender, Order, Conversation, Message, Text, InvokedAt, Ending, [.. _answers], Deferred, LateCopyTaken);
}
