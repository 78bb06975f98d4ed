using Parley.Storage;

namespace Parley.Content;

/// <summary>Asks whether an app wants a file that has arrived, before anybody may refer to it (A24). Null lets it pass; anything else is told the uploader.</summary>
internal delegate Task<Refusal?> InspectContent(ArrivedFile file, CancellationToken cancel);

/// <summary>A file that has arrived.</summary>
/// <param name="Key">What it is called.</param>
/// <param name="Owner">Who uploads it.</param>
/// <param name="Type">The MIME type that its bytes show.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256.</param>
/// <param name="Name">What its user calls it.</param>
/// <param name="Open">Its bytes; whoever opens them disposes of them.</param>
internal sealed record ArrivedFile(ContentKey Key, UserKey Owner, string Type, long Size, byte[] Hash, string? Name, Func<Stream> Open);
