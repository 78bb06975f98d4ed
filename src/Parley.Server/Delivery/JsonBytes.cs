using System.Buffers;
using System.Text.Json;

namespace Parley.Delivery;

/// <summary>Writes JSON that is not a record of the protocol, into an array of just its size.</summary>
/// <remarks>
/// Written in a buffer that the thread keeps: one that grows leaves what it outgrew to the garbage collector, and pages of a log, the largest
/// answers there are, come by the thousand when everybody comes back at once.
/// </remarks>
internal static class JsonBytes
{
    // A page with what stands around it. What is larger once does not stay.
    private const int MaxKept = 256 * 1024;

    private static readonly JsonWriterOptions Options = new() { Encoder = ProtocolJson.Lenient.Options.Encoder, SkipValidation = true };

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer)? _kept;

    /// <summary>The bytes that <paramref name="write"/> writes; it must not come back here.</summary>
    public static byte[] Write<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        if (_kept is not var (buffer, writer))
        {
            buffer = new ArrayBufferWriter<byte>(512);
            writer = new Utf8JsonWriter(buffer, Options);
        }

        // Nothing is kept of a write that fails halfway.
        _kept = null;
        write(writer, state);
        writer.Flush();
        var bytes = GC.AllocateUninitializedArray<byte>(buffer.WrittenCount);
        buffer.WrittenSpan.CopyTo(bytes);
        buffer.ResetWrittenCount();
        writer.Reset();
        if (buffer.Capacity <= MaxKept) _kept = (buffer, writer);
        return bytes;
    }
}
