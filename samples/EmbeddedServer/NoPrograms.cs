// docs: content-interceptor
using Parley.Moderation;

namespace EmbeddedServer;

/// <summary>Takes no programs of Windows, whatever they are called.</summary>
internal sealed class NoPrograms : IContentInterceptor
{
    public async ValueTask<ContentVerdict> InterceptAsync(InterceptedContent content, CancellationToken cancel)
    {
        var start = new byte[2];
        await using var bytes = content.Open();
        var read = await bytes.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancel);
        return read == 2 && start.AsSpan().SequenceEqual("MZ"u8) ? ContentVerdict.Refuse("no programs, please") : ContentVerdict.Pass;
    }
}
// docs: end
