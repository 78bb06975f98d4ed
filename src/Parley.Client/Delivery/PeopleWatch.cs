using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>Hears of profiles, contacts and the block list, and reads again what of them may have changed unheard: after a reconnect, and when notifications were dropped.</summary>
/// <remarks>
/// One pass over the lists at a time; whatever comes meanwhile is one pass more. What could not be read before the connection went again is read on the next one,
/// from as far back.
/// </remarks>
internal sealed partial class PeopleWatch(
    Users users, Contacts contacts, Blocks blocks, ParleyClientOptions options, Func<Happening, bool> happened) : IDisposable
{
    private static readonly UserList[] All = [UserList.Profile, UserList.Contacts, UserList.Blocks, UserList.Invitations];

    private readonly ILogger _logger = (ILogger?)options.LoggerFactory?.CreateLogger<PeopleWatch>() ?? NullLogger.Instance;
    private readonly Lock _gate = new();

    /// <summary>What is to be read, each with the mark it got last: a list marked again while it is read is read once more.</summary>
    private readonly SortedDictionary<UserList, long> _behind = [];
    private long _lastMark;
    private long _passedMark;
    private CancellationTokenSource _reading = new();
    private bool _isReading;

    /// <summary>The token of the last session: from there on what changed was heard, unless it was dropped. Null before the first.</summary>
    private string? _heardFrom;

    /// <summary>From when on what is behind is to be told.</summary>
    private string? _since;

    /// <summary>The contacts told while they are read; null while they are not.</summary>
    private ToldContacts? _told;
    private bool _isDisposed;

    /// <summary>Goes on from where an earlier run ended: what changed since is to be read.</summary>
    public void Restore(string? since)
    {
        lock (_gate) _heardFrom ??= since;
    }

    /// <summary>The session is open.</summary>
    /// <param name="session">What the server said.</param>
    /// <param name="since">What it was asked with; null for the first session, and for one after a session whose changes were not read to their end.</param>
    public void Opened(SessionOpened session, string? since)
    {
        lock (_gate)
        {
            if (_isDisposed || options.Receive == ReceiveMode.AnswersOnly) return;
            // What it is still asking for is asked for again, with what else changed.
            Stop();
            (_reading, _isReading, _told) = (new CancellationTokenSource(), false, null);
            var earlier = _heardFrom;
            _heardFrom = session.Changes.Since;
            if (earlier is null || session.Reset)
            {
                _behind.Clear();
                return;
            }

            if (_behind.Count == 0) _since = since ?? earlier;
            // Asked from nothing, the server does not know what this process missed; and it names no list because a contact looks otherwise.
            IEnumerable<UserList> named = since is null ? All : session.Changes.Lists ?? [];
            Mark(users.IsListenedTo ? named.Append(UserList.Contacts) : named);
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
        _reading.Cancel();
        _reading.Dispose();
    }

    /// <summary>A notification; false when it is to be heard by others too.</summary>
    public bool Notified(Incoming notification)
    {
        try
        {
            switch (notification.Method)
            {
                case Methods.User when Read(notification, ProtocolJson.Lenient.UserProfile) is { } profile:
                    Tell(profile);
                    break;
                case Methods.Contact when Read(notification, ProtocolJson.Lenient.Contact) is { } contact:
                    Tell(contact);
                    break;
                case Methods.Block:
                    Missed([UserList.Blocks]);
                    break;
                case Methods.Head:
                    // The connection was behind, and then the server drops what is not an entry.
                    Missed(All);
                    return false;
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

    private void Tell(UserProfile profile)
    {
        lock (_gate)
        {
            happened(new Happening.Profile(profile));
            _told?.Heard(profile);
            // The answer that is under way may be older, and a profile does not say how old it is.
            if (_behind.ContainsKey(UserList.Profile)) Mark([UserList.Profile]);
        }
    }

    private void Tell(Contact contact)
    {
        lock (_gate)
        {
            if (_told?.Heard(contact) ?? true) happened(new Happening.ContactMoved(contact));
        }
    }

    /// <summary>Something of these may have changed unheard.</summary>
    private void Missed(IReadOnlyList<UserList> lists)
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            if (_behind.Count == 0) _since = _heardFrom;
            Mark(lists);
        }
    }

    /// <summary>Has them read, by the pass that is under way if it has not come to them, or by one after it.</summary>
    private void Mark(IEnumerable<UserList> lists)
    {
        foreach (var list in lists) _behind[list] = ++_lastMark;
        if (_isReading || _isDisposed || _behind.Count == 0) return;
        (_isReading, _passedMark) = (true, 0);
        var cancel = _reading.Token;
        _ = Task.Run(() => ReadBehindAsync(cancel), CancellationToken.None);
    }

    private static T? Read<T>(Incoming notification, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(notification.Body.Span, type);

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Warning, "A notification ({Method}) could not be read and was passed over.")]
        public static partial void Unreadable(ILogger logger, string method, Exception error);

        [LoggerMessage(31, LogLevel.Information, "A list that had changed could not be read; it is read after the next reconnect, or when it changes again.")]
        public static partial void NotRead(ILogger logger, Exception error);
    }
}
