using Parley.Client;

namespace Parley.Chat;

/// <summary>The chat where no terminal is: one line in is one message, one line out is one event. For scripts, tests and pipes.</summary>
/// <remarks>
/// Messages are <c>08:31 bob: hello</c>, whoever sent them, in the order of the log, with a line end inside shown as <c>⏎</c>; everything
/// else begins with <c>--</c>, also what becomes of a message: <c>-- bob edited #4 of 08:31: hello, alice</c>. A backslash at the end of a line in continues the message on the next. When the input ends, what is on its way is settled first.
/// </remarks>
internal sealed class PlainChat
{
    private readonly ChatSession _session;
    private readonly ChatOptions _options;
    private readonly TextWriter _output;
    private readonly Lock _gate = new();
    private readonly Dictionary<MessageId, string> _mine = [];
    private readonly HashSet<(MessageId, ContentId)> _linked = [];
    private Sequence _printed;
    private Sequence _openedAt;
    private bool _wasOpen;
    private bool _saidWaiting;

    public PlainChat(ChatSession session, ChatOptions options, TextWriter output)
    {
        (_session, _options, _output) = (session, options, output);
        session.Switched += Switched;
        session.Changed += Changed;
        session.Noticed += text => Note(text);
        session.Linked += Linked;
        session.Client.StateChanged += (_, e) => StateChanged(e);
        session.Client.MessageDelivered += (_, e) => Receipt(e, "delivered to");
        session.Client.MessageRead += (_, e) => Receipt(e, "read by");
        session.Client.MessageReceived += (_, e) => Elsewhere(e);
        session.Client.MessageChanged += (_, e) => EditedBefore(e);
    }

    public async Task RunAsync(TextReader input, CancellationToken cancel)
    {
        await _session.StartAsync(cancel);
        var message = "";
        while (await input.ReadLineAsync(cancel) is { } line)
        {
            if (line.EndsWith('\\'))
            {
                message += line[..^1] + "\n";
                continue;
            }

            var text = message + line;
            message = "";
            if (!await _session.DoAsync(ChatInput.Parse(text), cancel)) break;
        }

        if (message.Length > 0) await _session.DoAsync(ChatInput.Parse(message.TrimEnd('\n')), cancel);
        await _session.SettleAsync().WaitAsync(cancel);
    }

    private void Switched()
    {
        lock (_gate)
        {
            (_printed, _openedAt) = (Sequence.None, _session.Live!.Timeline.Head);
            Note($"talking to {DisplayText.Line(_session.With)} as {_options.User}");
            if (_session.UnreadCount > 0) Note($"{_session.UnreadCount} unread");
        }
    }

    private void Changed(Timeline timeline)
    {
        var isForMe = false;
        lock (_gate)
        {
            foreach (var item in timeline.Items.SkipWhile(item => item.To <= _printed))
            {
                _printed = item.To;
                if (item.From == _session.UnreadFrom) Note("unread:");
                Print(item, timeline);
                isForMe |= item is TimelineMessage message && message.Sender != timeline.Me;
            }
        }

        if (isForMe || timeline.FirstUnread is not null) _session.MarkRead();
    }

    /// <summary>Says once where something is: a line that was printed does not change.</summary>
    private void Linked(TimelineMessage message, MessagePart part, ContentAddress address)
    {
        lock (_gate)
        {
            if (_linked.Add((message.Message, part.Content!.Value))) Note($"{DisplayText.Line(MessageText.NameOf(part))} of {message.Sender}: {MessageText.Of(address, _options.Zone)}");
        }
    }

    private void Print(TimelineItem item, Timeline timeline)
    {
        switch (item)
        {
            case TimelineMessage message:
                var text = DisplayText.Line(MessageText.Of(message, timeline));
                if (message.Sender == timeline.Me) _mine[message.Message] = text;
                _output.WriteLine($"{TimeZoneInfo.ConvertTime(message.At, _options.Zone):HH:mm} {message.Sender}: {text}");
                _output.Flush();
                break;
            case TimelineEvent { Event: MessageEdited edited } when Find(edited.Original, timeline) is { } message:
                Edited(edited, message, timeline);
                break;
            case TimelineEvent { Event: MessageEdited } newer when newer.Sequence > _openedAt:
                // Of what is not held the timeline does not know what it says: EditedBefore is told next.
                break;
            case TimelineEvent { Event: MessageRecalled recalled } when Find(recalled.Original, timeline) is { } message:
                Note($"{recalled.Actor} took {Which(message, recalled.Actor)} back");
                break;
            case TimelineEvent happened:
                Note(DisplayText.Line(ChatSentences.Of(happened.Event)));
                break;
            case TimelinePlaceholder placeholder:
                Note($"#{placeholder.From}{(placeholder.To > placeholder.From ? $" to #{placeholder.To}" : "")} not shown: {placeholder.Why}");
                break;
        }
    }

    private void Edited(MessageEdited edited, TimelineMessage message, Timeline timeline)
    {
        var text = DisplayText.Line(MessageText.Of(message with { EditedAt = null }, timeline));
        if (message.Sender == timeline.Me) _mine[message.Message] = text;
        Note($"{edited.Actor} edited {Which(message, edited.Actor)}: {text}");
    }

    /// <summary>An edit of a message that is older than what is loaded.</summary>
    private void EditedBefore(MessageChangedEventArgs change)
    {
        if (change.Entry is not { Event: MessageEdited edited } entry || _session.Live is not { } live || entry.Conversation != live.Id) return;
        if (Find(edited.Original, live.Timeline) is not null || entry.Sequence <= _openedAt) return;
        var text = change.Content is { } content ? $": {DisplayText.Line(MessageText.Of(content))}" : "";
        Note($"{ChatSentences.Of(edited)}{text}");
    }

    private static TimelineMessage? Find(Sequence sequence, Timeline timeline) => timeline.Items.OfType<TimelineMessage>().FirstOrDefault(message => message.Sequence == sequence);

    private string Which(TimelineMessage message, UserId actor) =>
        $"#{message.Sequence} of {(message.Sender == actor ? "" : $"{message.Sender}, ")}{TimeZoneInfo.ConvertTime(message.At, _options.Zone):HH:mm}";

    private void StateChanged(ConnectionStateChangedEventArgs change)
    {
        switch (change.State)
        {
            case ConnectionState.Open:
                Note(_wasOpen ? "connected again" : "connected");
                (_wasOpen, _saidWaiting) = (true, false);
                break;
            case ConnectionState.Waiting when !_saidWaiting:
                Note(_wasOpen ? "reconnecting…" : $"connecting to {_options.Url}…");
                _saidWaiting = true;
                break;
            case ConnectionState.Closed when change.Reason != ConnectionReason.Asked:
                Note($"disconnected: {change.CloseCode?.Meaning ?? change.Refusal?.Meaning ?? "the connection ended"}");
                break;
        }
    }

    private void Receipt(MessageReceiptEventArgs receipt, string what)
    {
        if (receipt.Conversation != _session.Live?.Id) return;
        lock (_gate)
        {
            if (_mine.TryGetValue(receipt.Message, out var text)) Note($"{what} {receipt.Recipient}: {text}");
        }
    }

    private void Elsewhere(MessageEventArgs message)
    {
        if (_session.Live is { } live && message.Entry.Conversation != live.Id) Note($"elsewhere {DisplayText.Line(ChatSentences.Of(message.Message))}");
    }

    private void Note(string text)
    {
        lock (_gate)
        {
            foreach (var line in text.Split('\n')) _output.WriteLine($"-- {DisplayText.Clean(line)}");
            _output.Flush();
        }
    }
}
