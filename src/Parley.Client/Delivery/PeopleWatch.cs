using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>Hears of profiles, contacts and the block list, and reads after a reconnect what of them changed meanwhile.</summary>
/// <remarks>What could not be read before the connection went again is read on the next one, from as far back.</remarks>
internal sealed partial class PeopleWatch(
    Users users, Contacts contacts, Blocks blocks, ParleyClientOptions options, Func<Happening, bool> happened) : IDisposable
{
    private readonly ILogger _logger = (ILogger?)options.LoggerFactory?.CreateLogger<PeopleWatch>() ?? NullLogger.Instance;
    private readonly Lock _gate = new();
    private readonly HashSet<UserList> _behind = [];
    private string? _since;
    private CancellationTokenSource _catchingUp = new();
    private bool _isDisposed;

    /// <summary>The session is open.</summary>
    /// <param name="session">What the server said.</param>
    /// <param name="since">What it was asked with: this process heard of everything before that, or will be told in vain. Null for the first session.</param>
    public void Opened(SessionOpened session, string? since)
    {
        lock (_gate)
        {
            // What it is still asking for is asked for again, with what else changed.
            if (_isDisposed) return;
            Stop();
            _catchingUp = new CancellationTokenSource();
            if (since is null || session.Reset)
            {
                _behind.Clear();
                return;
            }

            if (options.Receive == ReceiveMode.AnswersOnly) return;
            if (_behind.Count == 0) _since = since;
            _behind.UnionWith(session.Changes.Lists ?? []);
            if (_behind.Count > 0) _ = CatchUpAsync([.. _behind.Order()], _since!, _catchingUp.Token);
        }
    }

    /// <summary>Stops asking.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            Stop();
        }
    }

    private void Stop()
    {
        _catchingUp.Cancel();
        _catchingUp.Dispose();
    }

    /// <summary>A notification; false when it is about nothing here.</summary>
    public bool Notified(Incoming notification)
    {
        try
        {
            switch (notification.Method)
            {
                case Methods.User when Read(notification, ProtocolJson.Lenient.UserProfile) is { } profile:
                    happened(new Happening.Profile(profile));
                    break;
                case Methods.Contact when Read(notification, ProtocolJson.Lenient.Contact) is { } contact:
                    happened(new Happening.ContactMoved(contact));
                    break;
                case Methods.Block:
                    _ = TryAsync(() => ReadBlocksAsync(CancellationToken.None));
                    break;
                default:
                    return notification.Method is Methods.User or Methods.Contact;
            }
        }
        catch (JsonException error)
        {
            Log.Unreadable(_logger, notification.Method, error);
        }

        return true;
    }

    private async Task CatchUpAsync(UserList[] lists, string since, CancellationToken cancel)
    {
        foreach (var list in lists)
        {
            var isRead = await TryAsync(() => list switch
            {
                UserList.Profile => ReadProfileAsync(cancel),
                UserList.Contacts => ReadContactsAsync(since, cancel),
                UserList.Blocks => ReadBlocksAsync(cancel),
                UserList.Invitations => InvitationsAsync(),
                _ => Task.CompletedTask,
            }).ConfigureAwait(false);
            lock (_gate)
            {
                if (cancel.IsCancellationRequested) return;
                if (isRead) _behind.Remove(list);
            }
        }
    }

    private async Task ReadProfileAsync(CancellationToken cancel) =>
        happened(new Happening.Profile((await users.MeAsync(cancel).ConfigureAwait(false)).Profile));

    /// <summary>Which, the list says.</summary>
    private Task InvitationsAsync()
    {
        happened(new Happening.Invitations(null));
        return Task.CompletedTask;
    }

    private async Task ReadContactsAsync(string since, CancellationToken cancel)
    {
        await foreach (var contact in contacts.ChangedSinceAsync(since, cancel).ConfigureAwait(false)) happened(new Happening.ContactMoved(contact));
    }

    private async Task ReadBlocksAsync(CancellationToken cancel) =>
        happened(new Happening.BlocksMoved(await blocks.ListAsync(cancel).ConfigureAwait(false)));

    /// <summary>False when it was not read: the next session does it.</summary>
    private async Task<bool> TryAsync(Func<Task> read)
    {
        try
        {
            await read().ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception error)
        {
            Log.NotRead(_logger, error);
            return false;
        }
    }

    private static T? Read<T>(Incoming notification, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(notification.Body.Span, type);

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Warning, "A notification ({Method}) could not be read and was passed over.")]
        public static partial void Unreadable(ILogger logger, string method, Exception error);

        [LoggerMessage(31, LogLevel.Information, "A list that had changed could not be read; it is read after the next reconnect.")]
        public static partial void NotRead(ILogger logger, Exception error);
    }
}
