namespace Parley.Client;

/// <content>Reading what is missing.</content>
internal sealed partial class Follower
{
    private void ReadIfBehind(FollowedConversation one, TimeSpan grace)
    {
        if (one.Track.IsBehind) ReadOn(one, grace);
    }

    /// <summary>Starts reading, unless that is under way for this conversation.</summary>
    private void ReadOn(FollowedConversation one, TimeSpan grace)
    {
        if (one.Track.IsReading || _link is not { } link) return;
        one.Track.IsReading = true;
        _ = ReadOnAsync(link, one, grace);
    }

    private async Task ReadOnAsync(Link link, FollowedConversation one, TimeSpan grace)
    {
        try
        {
            if (grace > TimeSpan.Zero) await Task.Delay(grace, _clock).ConfigureAwait(false);
            if (NeedsStart(link, one) && !await FindStartAsync(link, one).ConfigureAwait(false)) return;
            while (NextRead(link, one) is { } request)
            {
                var answer = await PatientlyAsync(link, Wire.ReadEntries, request).ConfigureAwait(false);
                if (!Took(link, one, request, answer)) return;
            }
        }
        catch (Exception error)
        {
            // A bug; the conversation stays behind and the next entry, head or session tries again.
            Log.CatchUpFailed(_logger, error);
        }
        finally
        {
            lock (_gate)
            {
                if (link == _link) one.Track.IsReading = false;
            }
        }
    }

    private bool NeedsStart(Link link, FollowedConversation one)
    {
        lock (_gate) return link == _link && one.Track.Applied is null;
    }

    /// <summary>Only a head was heard of this conversation: its own cursors say where to start.</summary>
    private async Task<bool> FindStartAsync(Link link, FollowedConversation one)
    {
        var answer = await PatientlyAsync(link, Wire.GetConversation, new GetConversation(one.Id)).ConfigureAwait(false);
        lock (_gate)
        {
            if (link != _link) return false;
            if (answer.Refusal is { } refusal && IsNotForUs(refusal)) Refused(one, refusal);
            if (answer.Value is not { } state) return false;
            one.Track.SawHead(state.Head);
            Start(one, state.Own.DeliveredUpTo < state.Head ? state.Own.DeliveredUpTo : state.Head);
        }

        return true;
    }

    /// <summary>The next page to read; null when nothing is missing any more, or this is not the connection any more.</summary>
    private ReadEntries? NextRead(Link link, FollowedConversation one)
    {
        lock (_gate)
        {
            if (link != _link || !one.Track.IsBehind || _followed.GetValueOrDefault(one.Id) != one) return null;
            return new ReadEntries(one.Id, After: one.Track.Applied, Limit: ReadEntries.MaxLimit, Epoch: _epoch);
        }
    }

    /// <summary>Applies a page; false when reading on makes no sense now.</summary>
    private bool Took(Link link, FollowedConversation one, ReadEntries request, Answer<EntriesPage> answer)
    {
        lock (_gate)
        {
            if (link != _link) return false;
            if (answer.Refusal is { } refusal)
            {
                if (refusal == Refusals.Reset) Reset(one, null);
                else if (IsNotForUs(refusal)) Refused(one, refusal);
                Log.ReadRefused(_logger, refusal.Code);
                return false;
            }

            if (answer.Value is not { } page) return false;
            TailIsAt(one, page.Tail);
            ClientTelemetry.Read(page.Entries.Count);
            one.Track.Offer(page.Entries, page.Skipped, _ready);
            Release(one);
            TellEnding(one);
            if (one.Track.Applied > request.After)
            {
                one.Track.SawHead(page.Head);
                return true;
            }

            // The head that was heard of is not for this user, or the server is wrong. Asking again at once would ask for ever.
            one.Track.CorrectHead(page.Head);
            TellEnding(one);
            if (one.Track.IsBehind) Log.NothingThere(_logger, one.Track.Applied?.Value ?? 0, page.Head.Value);
            return false;
        }
    }

    /// <summary>What is missing is not this user's any more. Any other refusal leaves it missing, for the next session to read.</summary>
    private static bool IsNotForUs(Refusal refusal) =>
        refusal == Refusals.NotFound || refusal == Refusals.NotParticipant || refusal == Refusals.PermissionDenied
        || refusal == Refusals.ConversationDeleted;

    /// <summary>Asks until there is an answer that is not <em>later</em>; lost when the link ends.</summary>
    private async Task<Answer<TAnswer>> PatientlyAsync<TRequest, TAnswer>(Link link, Method<TRequest, TAnswer> method, TRequest request)
        where TAnswer : class
    {
        for (var attempt = 0; ; attempt++)
        {
            await Pace.TurnAsync().ConfigureAwait(false);
            var answer = await link.AskAsync(method, request, CancellationToken.None).ConfigureAwait(false);
            if (answer.Refusal is not { Retry: RetryPolicy.Later } later) return answer;
            var wait = later.RetryAfter ?? Backoff.Wait(attempt, 0.5);
            await Task.Delay(wait, _clock).ConfigureAwait(false);
            lock (_gate)
            {
                if (link != _link) return default;
            }
        }
    }
}
