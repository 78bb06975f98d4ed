using Parley.Client;
using ViewModel;
using ViewModelConsole;

var (server, token) = (new Uri(args[0]), args[1]);

MainLoop.Run(async () =>
{
    // docs: context
    await using var client = new ParleyClient(new ParleyClientOptions
    {
        Endpoint = server,
        TokenProvider = _ => ValueTask.FromResult(token),
        SynchronizationContext = SynchronizationContext.Current,   // of the main thread: a window's events, and what it binds to, change there
    });
    // docs: end
    await client.ConnectAsync();
    using var conversations = await ConversationsPage.OpenAsync(client);
    conversations.PropertyChanged += (_, e) => Console.WriteLine(e.PropertyName == nameof(conversations.Badge) ? $"badge: {conversations.Badge}" : conversations.Notice);
    new Screen<ConversationListItem>("list", conversations.Conversations, item =>
        $"{(item.IsPinned ? "* " : "")}{item.Name} ({item.Unread}) {item.LastText}{(item.IsTyping ? " ..." : "")}").Show();

    ChatPage? chat = null;
    Console.WriteLine("ready");
    while (await Task.Run(Console.ReadLine) is { } line)
    {
        var (word, rest) = line.IndexOf(' ') is > 0 and var space ? (line[..space], line[(space + 1)..]) : (line, "");
        switch (word, chat)
        {
            case ("open", _) when Chosen(rest) is { } item:
                await TellAsync(async () =>
                {
                    var opened = await conversations.OpenAsync(item);
                    chat?.Dispose();
                    chat = opened;
                    Show(chat);
                });
                break;
            case ("pin", _) when Chosen(rest) is { } item:
                await TellAsync(() => conversations.PinAsync(item));
                break;
            case ("write", { }):
                chat.Draft = rest;
                break;
            case ("send", { }):
                await chat.Send.ExecuteAsync();
                break;
            case ("earlier", { }):
                await chat.LoadEarlier.ExecuteAsync();
                break;
            case ("newest", { }):
                await chat.ToNewest.ExecuteAsync();
                break;
            case ("read", { }):
                await chat.MarkRead.ExecuteAsync();
                break;
            case ("back", { }):
                chat.Dispose();
                chat = null;
                break;
        }

        Console.WriteLine($"done: {line}");
    }

    chat?.Dispose();

    ConversationListItem? Chosen(string number) => int.TryParse(number, out var place) ? conversations.Conversations.ElementAtOrDefault(place - 1) : null;

    // What Parley says instead is told to the page, as its commands do.
    async Task TellAsync(Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (ParleyException error)
        {
            conversations.Notice = error.Message;
        }
    }
});

static void Show(ChatPage chat)
{
    Console.WriteLine($"chat with {chat.Name}");
    new Screen<TimelineViewItem>("chat", chat.Messages, ChatPage.LineOf).Show();
    chat.PropertyChanged += (_, e) =>
    {
        if (e.PropertyName == nameof(chat.Typing)) Console.WriteLine($"typing: {chat.Typing}");
        if (e.PropertyName == nameof(chat.Below)) Console.WriteLine($"below: {chat.Below}");
        if (e.PropertyName == nameof(chat.Notice)) Console.WriteLine($"notice: {chat.Notice}");
    };
}
