using Parley;
using Parley.Client;

namespace TestingYourApp;

// docs: app
/// <summary>Answers whoever writes: once a day each.</summary>
public sealed class OutOfOffice
{
    private readonly ParleyClient _client;
    private readonly TimeProvider _clock;
    private readonly Dictionary<UserId, DateTimeOffset> _answered = [];

    public OutOfOffice(ParleyClient client, TimeProvider clock)
    {
        (_client, _clock) = (client, clock);
        _client.MessageReceived += (_, e) => Answer(e);
    }

    private void Answer(MessageEventArgs message)
    {
        var (sender, now) = (message.Message.Sender, _clock.GetUtcNow());
        if (_answered.TryGetValue(sender, out var last) && now - last < TimeSpan.FromDays(1)) return;
        _answered[sender] = now;
        // Kept until it is sent, whatever happens to the connection; the listener does not wait.
        _ = _client.Messages.QueueAsync(message.Entry.Conversation, MessageContent.OfText("I am away until Monday."));
    }
}
// docs: end
