using System.Diagnostics;

namespace Parley.Storage;

/// <summary>What the journal does, as spans of the source <c>Parley</c>: a batch, which links to the requests that are in it, and below it the telling.</summary>
/// <remarks>A batch has many requests and a request may be in several batches, so neither is the other's parent. Costs nothing while nobody listens.</remarks>
internal static class JournalTraces
{
    /// <summary>More links than this are dropped by most collectors.</summary>
    private const int MaxLinks = 128;

    private static readonly ActivitySource Source = new("Parley");

    /// <summary>From forming a batch to telling everybody, retries included. Null while nobody listens.</summary>
    public static Activity? Batch(IReadOnlyList<JournalItem> batch)
    {
        if (!Source.HasListeners()) return null;
        var links = batch.SelectMany(item => item.Causes).Where(cause => cause != default).Take(MaxLinks).Select(cause => new ActivityLink(cause));
        var span = Source.StartActivity(ActivityKind.Internal, parentContext: default, links: links.ToArray(), name: "journal.batch");
        span?.SetTag("parley.items", batch.Count);
        return span;
    }

    /// <summary>After the commit: answering, and offering what is new to everybody's queues. Its parent is the batch.</summary>
    public static Activity? Publish() => Source.HasListeners() && Activity.Current is { } batch && batch.Source == Source ? Source.StartActivity("journal.publish") : null;

    /// <summary>It did not work the first time.</summary>
    public static void Failed(this Activity span, StorageFailure failure) => span.AddEvent(new ActivityEvent($"{failure}"));

    /// <summary>It did not work at all.</summary>
    public static void GaveUp(this Activity span, StorageFailure failure) => span.SetStatus(ActivityStatusCode.Error, $"{failure}");
}
