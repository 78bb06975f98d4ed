using System.Diagnostics;

namespace Parley.Delivery;

/// <summary>Where a request came from and where its one answer goes.</summary>
/// <remarks>
/// Exactly one of the methods is called, once. An answer given while a committed batch is walked is enqueued before the walk goes on,
/// so on its connection it precedes everything that the request caused.
/// </remarks>
internal abstract class Origin
{
    /// <summary>The connection that asked: it gets the answer instead of the notification. Null when nobody is connected.</summary>
    public virtual Subscriber? Subscriber => null;

    /// <summary>The span of the request; default when it has none.</summary>
    public virtual ActivityContext Trace => default;

    /// <summary>Answers with the entry that was recorded.</summary>
    public abstract void Answer(EncodedEntry entry);

    /// <summary>Answers with any other result, as JSON.</summary>
    public abstract void Answer(ReadOnlyMemory<byte> json);

    public abstract void Refuse(Refusal refusal);
}
