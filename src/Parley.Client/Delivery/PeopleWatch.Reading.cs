namespace Parley.Client;

/// <content>Reading what is behind.</content>
internal sealed partial class PeopleWatch
{
    private async Task ReadBehindAsync(CancellationToken cancel)
    {
        while (NextPass(cancel) is { } lists)
        {
            foreach (var list in lists) await ReadAsync(list, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>What was marked since the pass before began and is not read yet; null when there is nothing. What could not be read waits for the next session, or the next mark.</summary>
    private UserList[]? NextPass(CancellationToken cancel)
    {
        lock (_gate)
        {
            if (cancel.IsCancellationRequested) return null;
            UserList[] lists = [.. _behind.Where(list => list.Value > _passedMark).Select(list => list.Key)];
            _passedMark = _lastMark;
            _isReading = lists.Length > 0;
            return _isReading ? lists : null;
        }
    }

    private async Task ReadAsync(UserList list, CancellationToken cancel)
    {
        long mark;
        string? since;
        lock (_gate)
        {
            if (cancel.IsCancellationRequested) return;
            (mark, since) = (_behind[list], _since);
        }

        var isRead = await TryAsync(() => list switch
        {
            UserList.Profile => ReadProfileAsync(cancel),
            UserList.Contacts => ReadContactsAsync(since, cancel),
            UserList.Blocks => ReadBlocksAsync(cancel),
            UserList.Invitations => InvitationsAsync(cancel),
            _ => Task.CompletedTask,
        }).ConfigureAwait(false);
        lock (_gate)
        {
            if (!cancel.IsCancellationRequested && isRead && _behind[list] == mark) _behind.Remove(list);
        }
    }

    private async Task ReadProfileAsync(CancellationToken cancel) =>
        TellUnlessOver(new Happening.Profile((await users.MeAsync(cancel).ConfigureAwait(false)).Profile), cancel);

    /// <summary>Which, the list says.</summary>
    private Task InvitationsAsync(CancellationToken cancel)
    {
        TellUnlessOver(new Happening.Invitations(null), cancel);
        return Task.CompletedTask;
    }

    private async Task ReadContactsAsync(string? since, CancellationToken cancel)
    {
        var told = new ToldContacts();
        lock (_gate)
        {
            if (cancel.IsCancellationRequested) return;
            _told = told;
        }

        try
        {
            await TellContactsAsync(since, told, cancel).ConfigureAwait(false);
        }
        catch (ParleyRefusedException refused) when (refused.Refusal == Refusals.Reset && since is not null)
        {
            // So long ago that the server does not know any more what ended since.
            await TellContactsAsync(null, told, cancel).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                if (_told == told)
                {
                    _told = null;
                    if (told.IsDoubtful) Mark([UserList.Contacts]);
                }
            }
        }
    }

    private async Task TellContactsAsync(string? since, ToldContacts told, CancellationToken cancel)
    {
        await foreach (var page in contacts.PagesAsync(new ListContacts(since, Profiles: users.IsListenedTo), cancel).ConfigureAwait(false))
        {
            lock (_gate)
            {
                if (cancel.IsCancellationRequested) return;
                foreach (var contact in page.Contacts.Where(told.Listed)) happened(new Happening.ContactMoved(contact));
                foreach (var profile in (page.Profiles ?? []).Where(told.Listed)) happened(new Happening.Profile(profile));
            }
        }
    }

    private async Task ReadBlocksAsync(CancellationToken cancel) =>
        TellUnlessOver(new Happening.BlocksMoved(await blocks.ListAsync(cancel).ConfigureAwait(false)), cancel);

    /// <summary>An answer of an earlier connection is not told after one of this.</summary>
    private void TellUnlessOver(Happening happening, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (!cancel.IsCancellationRequested) happened(happening);
        }
    }

    /// <summary>False when it was not read: the next session does it, or the next mark.</summary>
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
}
