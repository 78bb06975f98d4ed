using Parley.Delivery;
using Parley.Identity;

namespace Parley.Content;

/// <summary><c>content.url</c> and <c>content.get</c>.</summary>
internal sealed class ContentHandlers(ContentTable table, ContentUrls urls)
{
    public async Task HandleAsync(Caller caller, GetContentUrl query, Origin origin, CancellationToken cancel)
    {
        if (query.Conversation is null != query.Message is null)
        {
            origin.Refuse(Refusals.InvalidParams.Because("give conversation and message, or neither"));
            return;
        }

        var use = query is { Conversation: { } conversation, Message: { } message } ? (conversation, message) : default((ConversationId, MessageId)?);
        if (await table.FindReadableAsync(caller.Key, query.Content, use, cancel) is null) origin.Refuse(Refusals.NotFound);
        else origin.Answer(urls.Make(new ContentAccess(caller.Key, query.Content, use)), ProtocolJson.Lenient.ContentUrl);
    }

    public async Task HandleAsync(Caller caller, GetContent query, Origin origin, CancellationToken cancel)
    {
        if (await table.FindOwnAsync(caller.Key, query.Content, cancel) is not { } upload)
        {
            origin.Refuse(Refusals.NotFound);
            return;
        }

        var isReady = upload.State == UploadState.Ready;
        origin.Answer(
            new ContentState(
                query.Content, upload.State, upload.Size, isReady ? null : upload.Received, upload.ExpiresAt, isReady ? upload.Type : null,
                upload.Hash is { } hash ? Convert.ToHexStringLower(hash) : null, upload.Name, upload.Width, upload.Height),
            ProtocolJson.Lenient.ContentState);
    }
}
