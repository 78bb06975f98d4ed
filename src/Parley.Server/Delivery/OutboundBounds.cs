namespace Parley.Delivery;

/// <summary>How much may wait for one connection.</summary>
/// <param name="PushBytes">Bytes of pushes; beyond them the connection is closed with <see cref="CloseCode.Slow"/>.</param>
/// <param name="Pushes">Number of pushes; beyond it the connection is closed with <see cref="CloseCode.Slow"/>.</param>
/// <param name="FrameBytes">Bytes of one frame to the client. A single item that is larger leaves alone.</param>
internal sealed record OutboundBounds(int PushBytes, int Pushes, int FrameBytes)
{
    /// <summary>Bytes of one frame, to a client and from it.</summary>
    public const int MaxFrameBytes = 128 * 1024;

    /// <summary>Bytes of the entries in one answer, and of the event of one entry; the rest of the frame is for what is around them.</summary>
    public const int MaxEntriesBytes = MaxFrameBytes - (8 * 1024);

    /// <summary>The bounds of guarantees.md.</summary>
    public static readonly OutboundBounds Default = new(PushBytes: 1024 * 1024, Pushes: 4_096, FrameBytes: MaxFrameBytes);
}
