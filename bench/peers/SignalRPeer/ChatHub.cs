using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace Parley.Peers;

/// <summary>A row for each message, then the receiver, then the answer.</summary>
internal sealed class ChatHub(ChatContext database, ChatWrites writes) : Hub
{
    public async Task<SentMessage> Send(string to, string text)
    {
        var sent = await StoreAsync(to, text);
        await Clients.User(to).SendAsync("message", sent, Context.ConnectionAborted);
        return sent;
    }

    public Task Join(string room) => Groups.AddToGroupAsync(Context.ConnectionId, room);

    public async Task<SentMessage> SendToRoom(string room, string text)
    {
        var sent = await StoreAsync(room, text);
        await Clients.Group(room).SendAsync("message", sent, Context.ConnectionAborted);
        return sent;
    }

    private async Task<SentMessage> StoreAsync(string to, string text)
    {
        var message = new Message { Sender = Context.UserIdentifier!, Receiver = to, Text = text, At = TimeProvider.System.GetUtcNow() };
        database.Messages.Add(message);
        await writes.SaveAsync(database, Context.ConnectionAborted);
        return new SentMessage(message.Id, message.Sender, message.At, message.Text);
    }
}

/// <summary>What the receiver is sent and the sender is answered.</summary>
internal sealed record SentMessage(long Id, string Sender, DateTimeOffset At, string Text);

/// <summary>The user is who the query says: no peer of the bench checks more.</summary>
internal sealed class NameInQuery : IUserIdProvider
{
    public string? GetUserId(HubConnectionContext connection) => connection.GetHttpContext()!.Request.Query["user"];
}

/// <summary>One save at a time on SQLite, which has one writer: without it, the provider sleeps 150 ms whenever another is writing.</summary>
internal sealed class ChatWrites : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    public async Task SaveAsync(ChatContext database, CancellationToken cancel)
    {
        if (!database.Database.IsSqlite())
        {
            await database.SaveChangesAsync(cancel);
            return;
        }

        await _one.WaitAsync(cancel);
        try
        {
            await database.SaveChangesAsync(cancel);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
