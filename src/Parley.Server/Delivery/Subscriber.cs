using Parley.Storage;

namespace Parley.Delivery;

/// <summary>One session's connection as the fan-out sees it: a bounded queue that never makes others wait.</summary>
/// <remarks>Every method may be called from any thread, at any time, also after the connection ended: then it does nothing.</remarks>
internal sealed class Subscriber(UserKey user, DeviceId device, Receives receives, OutboundQueue queue)
{
    public UserKey User => user;

    public DeviceId Device => device;

    public Receives Receives => receives;

    /// <summary>Bytes that wait for this connection.</summary>
    public int QueuedBytes => queue.Unsent;

    /// <summary>Sends a whole message that is never dropped and never closes the connection. The bytes must not change afterwards.</summary>
    public void Answer(ReadOnlyMemory<byte> frame) => queue.Answer(frame);

    /// <summary>Sends an entry, or a <c>head</c> that stands for it and later ones when the connection is behind.</summary>
    public void Push(EncodedEntry entry)
    {
        if (receives == Receives.Everything) queue.Push(entry);
    }

    /// <summary>Sends a notification that is dropped when the connection is behind. The bytes must not change afterwards.</summary>
    public void Signal(ReadOnlyMemory<byte> notification)
    {
        if (receives == Receives.Everything) queue.Signal(notification);
    }
}

/// <summary>What a session asked for when it was opened.</summary>
internal enum Receives
{
    /// <summary>Answers, entries and signals.</summary>
    Everything,

    /// <summary>Answers only: a session that sends.</summary>
    AnswersOnly,
}
