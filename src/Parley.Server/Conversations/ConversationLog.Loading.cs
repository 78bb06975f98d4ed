using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Reading the rules a request is decided on, beside the queue: what waits in the conversation waits for it.</summary>
internal sealed partial class ConversationLog
{
    private void Load(Lane lane)
    {
        lane.State = LaneState.Loading;
        lane.Since = clock.GetTimestamp();
        _loading.Enqueue((lane, lane.Since));
        var requests = lane.Waiting.TakeWhile(request => request is not Creation).Take(AppendBatch.MaxRequests).ToArray();
        var kept = requests[0] is { Recheck: Recheck.Needed, SawRules: true } ? lane.Rules : null;
        // Of many that are refused the first has the rules read for all, and the second has all ids looked for.
        var alike = kept is null ? [] : requests.Skip(1).TakeWhile(request => request.SawRules && TryDecide(lane, request) is { Refusal: not null });
        foreach (var request in alike) request.Recheck = Recheck.Needed;
        _ = LoadAsync(lane, requests, kept);
    }

    /// <summary>Reads the rules anew, unless those that are kept are new enough, and what the refused ones' ids stand for.</summary>
    private async Task LoadAsync(Lane lane, LogRequest[] requests, Conversation? kept)
    {
        var rules = kept;
        var forgotten = lane.Forgotten;
        var found = new Dictionary<LogRequest, RecordedEntry>();
        Refusal? failure = null;
        try
        {
            rules ??= await store.LoadAsync(lane.Key, requests.Select(request => request.Needed).ToArray(), CancellationToken.None);
            var refused = requests.Where(request => request.Recheck == Recheck.Needed).ToArray();
            if (refused.Length > 0)
            {
                var recorded = await store.FindAsync(lane.Key, [.. refused.Select(request => request.Command).Distinct()], CancellationToken.None);
                // Another's entry under this id is none of his business: the rules' own refusal stands.
                foreach (var request in refused)
                {
                    if (recorded.TryGetValue(request.Command, out var entry) && entry.Actor == request.Actor) found[request] = entry;
                }
            }
        }
        catch (Exception exception)
        {
            failure = Explain(exception);
        }

        var answers = new List<(LogRequest Request, Refusal? Refusal)>();
        lock (_gate)
        {
            if (failure is null && lane.Forgotten != forgotten)
            {
                // Something was let go of meanwhile that may be in what was read: it is read again.
                Release(lane);
                return;
            }

            if (rules is null) lane.Forget();
            else if (kept is null) lane.Keep(rules);
            foreach (var request in requests)
            {
                request.SawRules |= kept is null;
                if (failure is not null || rules is null || found.ContainsKey(request))
                {
                    lane.Waiting.Remove(request);
                    _pending--;
                    answers.Add((request, failure ?? (rules is null ? Refusals.NotFound : null)));
                }
                else if (request.Recheck == Recheck.Needed)
                {
                    request.Recheck = Recheck.Done;
                }
            }

            Release(lane);
        }

        TellEach(answers, one =>
        {
            if (one.Refusal is not null) one.Request.Origin.Refuse(one.Refusal);
            else LogAnswers.Earlier(one.Request, found[one.Request]);
        });
    }

    /// <summary>Logs why a read failed; what to tell who asked.</summary>
    public Refusal Explain(Exception exception)
    {
        var explained = database.Explain(exception);
        Log.NotRead(logger, explained);
        return explained.Refusal;
    }

    private void Release(Lane lane)
    {
        lane.State = LaneState.Idle;
        if (lane.Waiting.Count > 0) MakeReady(lane);
    }
}
