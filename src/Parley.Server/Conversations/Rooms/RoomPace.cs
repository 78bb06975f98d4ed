using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>What a room takes in a second. Guarded by the log's lock.</summary>
internal sealed class RoomPace(int perSecond, TimeProvider clock)
{
    private TokenBucket _bucket = new(new Rate(perSecond, perSecond), clock);

    /// <summary>Counts a message, or says how long until there is room for one that matters as much: what matters less leaves more for others.</summary>
    public TimeSpan? TakeOrWait(MessagePriority priority) => _bucket.TakeOrWait(1, priority switch
    {
        MessagePriority.High => 0,
        MessagePriority.Low => perSecond / 2,
        _ => perSecond / 10,
    });
}
