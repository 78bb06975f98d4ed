using System.Net;

namespace Parley.Client;

/// <summary>The body of a request that brings bytes of an upload: read while it is sent, and as long as it says before that.</summary>
internal sealed class PieceContent(UploadSource source, long offset, long length, Action<long> moved) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        source.CopyAsync(offset, length, stream, moved, cancellationToken);

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }
}
