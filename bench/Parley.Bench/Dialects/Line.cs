using System.Net.Sockets;

namespace Parley.Bench;

/// <summary>A user's connection to a server of some kind. A workload numbers its messages 1, 2, 3, …; the line speaks the server's protocol.
/// For one thread at a time.</summary>
internal abstract class Line : IDisposable
{
    public abstract Socket Socket { get; }

    /// <summary>From now on this line's messages go to <paramref name="user"/>. Messages of lines with different <paramref name="key"/> differ.</summary>
    public abstract void TalkTo(string user, int key);

    /// <summary>Adds a message to what <see cref="Flush"/> sends.</summary>
    public abstract void Add(uint number);

    /// <summary>Sends what was added.</summary>
    public abstract void Flush();

    /// <summary>Reads what has arrived; blocks when nothing has.</summary>
    public abstract void Fill();

    /// <summary>Tells what came in whole, in order; what the protocol asks of a client meanwhile, pings and acknowledgements, is answered.</summary>
    public abstract void Tell(IArrivals arrivals);

    /// <summary>Closes without a word, as a phone does that lost its network.</summary>
    public void Dispose() => Socket.Dispose();
}

/// <summary>Is told what a <see cref="Line"/> received.</summary>
internal interface IArrivals
{
    /// <summary>The server has taken a message of this line; what that means depends on the server.</summary>
    void Acknowledged(uint number);

    /// <summary>A message for this line's user arrived.</summary>
    void Delivered(uint number);

    /// <summary>The server does not take a message for the moment, which is given up.</summary>
    /// <param name="number">Which.</param>
    /// <param name="wait">How long the server asks to wait with the next.</param>
    /// <param name="reason">As it said it.</param>
    void Refused(uint number, TimeSpan wait, string reason);
}

/// <summary>For lines that are told nothing that matters.</summary>
internal sealed class NoArrivals : IArrivals
{
    public static readonly NoArrivals Instance = new();

    public void Acknowledged(uint number)
    {
    }

    public void Delivered(uint number)
    {
    }

    public void Refused(uint number, TimeSpan wait, string reason)
    {
    }
}

/// <summary>How one kind of server is spoken with.</summary>
internal abstract class Dialect
{
    /// <summary>Makes accounts for <paramref name="users"/>, whom the server has never seen before; nothing where users need none.</summary>
    /// <param name="users">Letters, digits and dashes.</param>
    public virtual void Introduce(IReadOnlyList<string> users)
    {
    }

    /// <summary>Opens a connection for each of <paramref name="users"/>, who were introduced, ready to be sent to.</summary>
    /// <param name="users">As they were introduced.</param>
    /// <param name="buffer">Bytes to begin with for each direction of a connection.</param>
    public abstract IEnumerable<Line> Open(IEnumerable<string> users, int buffer);

    /// <summary>Puts all lines, of these users, into one room, in which the first talks from now on and hears nothing but acknowledgements.</summary>
    public abstract void Gather(IReadOnlyList<Line> lines, IReadOnlyList<string> users);

    /// <summary>How many messages of <paramref name="senders"/>, who are done, the server has stored; null when it stores none.</summary>
    public abstract long? CountStored(IReadOnlyList<Line> senders);
}
