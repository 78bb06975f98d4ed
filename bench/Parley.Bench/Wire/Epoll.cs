using System.Buffers.Binary;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Parley.Bench;

/// <summary>Waits for many sockets on one thread. Level-triggered: a socket is named again until it is drained.</summary>
/// <remarks>.NET's own asynchronous sockets would cost the generator a thread hop and a second system call per read.</remarks>
internal sealed unsafe partial class Epoll : IDisposable
{
    private const int Capacity = 512;
    private const int Add = 1;
    private const uint Readable = 1;
    private const int TimerSlack = 29;

    // struct epoll_event is packed on x86-64 and nowhere else.
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly int _handle = Check(Create(0));
    private readonly byte[] _events = new byte[Capacity * 16];
    private int _count;

    /// <summary>Names <paramref name="socket"/> with <paramref name="key"/> whenever it has something to read.</summary>
    public void Watch(Socket socket, int key)
    {
        Span<byte> wanted = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(wanted, Readable);
        BinaryPrimitives.WriteInt32LittleEndian(wanted[(Stride - 8)..], key);
        fixed (byte* pointer = wanted) Check(Control(_handle, Add, (int)socket.Handle, pointer));
    }

    /// <summary>Lets short waits of this thread end on time; by default the system adds up to 50 µs.</summary>
    public static void WaitPrecisely() => _ = ProcessControl(TimerSlack, 1);

    /// <summary>Waits until something can be read, at most <paramref name="patience"/>, and returns how many sockets can.</summary>
    public int Wait(TimeSpan patience)
    {
        Span<long> timeout = [patience.Ticks / TimeSpan.TicksPerSecond, patience.Ticks % TimeSpan.TicksPerSecond * 100];
        fixed (byte* events = _events)
        fixed (long* time = timeout)
        {
            _count = WaitFor(_handle, events, Capacity, time, null);
        }

        // Interrupted by a signal: nothing to read yet.
        return _count < 0 ? _count = 0 : _count;
    }

    /// <summary>The key of a socket of the last wait.</summary>
    public int this[int index] => BinaryPrimitives.ReadInt32LittleEndian(_events.AsSpan(index * Stride + Stride - 8));

    public void Dispose() => _ = Close(_handle);

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int file, byte* wanted);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2")]
    private static partial int WaitFor(int epoll, byte* events, int capacity, long* timeout, void* signals);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint value);
}
