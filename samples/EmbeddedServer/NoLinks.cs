// docs: interceptor
using Parley;
using Parley.Moderation;

namespace EmbeddedServer;

/// <summary>Lets no message pass that has an address in it.</summary>
internal sealed class NoLinks : IMessageInterceptor
{
    public ValueTask<MessageVerdict> InterceptAsync(InterceptedMessage message, CancellationToken cancel) =>
        new(message.Content.PlainText().Contains("://", StringComparison.Ordinal) ? MessageVerdict.Refuse("no links, please") : MessageVerdict.Pass);
}
// docs: end
