using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Messages;

/// <summary><c>message.versions</c>.</summary>
internal sealed class ListVersionsHandler(Database database)
{
    private const int DefaultLimit = 20;

    public async Task HandleAsync(Caller caller, ListVersions query, Origin origin, CancellationToken cancel)
    {
        var outcome = query switch
        {
            { Limit: < 1 or > ListVersions.MaxLimit } => Refusals.InvalidParams.Because($"$.limit: expected 1 to {ListVersions.MaxLimit}"),
            { Before: < 0 } => Refusals.InvalidParams.Because("$.before: expected 0 or more"),
            _ => await ReadAsync(caller, query, cancel),
        };
        if (outcome.Value is { } page) origin.Answer(page, ProtocolJson.Lenient.VersionsPage);
        else origin.Refuse(outcome.Refusal!);
    }

    private async Task<Outcome<VersionsPage>> ReadAsync(Caller caller, ListVersions query, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await MessageVersions.ReadAsync(session, caller.Key, query, query.Limit ?? DefaultLimit, caller.Platform is null ? VersionReader.Participant : VersionReader.Backend, cancel);
    }
}
