using System.Buffers.Binary;
using System.Text.Json;

namespace Parley.Chaos;

/// <summary>
/// What came to one client, as the bytes that they were, to be understood when there is time. A garbage collector has nothing to follow in
/// it: books of objects would make it stop the clients for half of a flood, and their stops would look like the server's.
/// </summary>
internal sealed class Transcript
{
    /// <summary>Large enough not to be moved.</summary>
    private const int ChunkBytes = 128 * 1024;

    private readonly List<(byte[] Bytes, int Used)> _chunks = [];
    private byte[] _bytes = [];
    private int _used;

    public void Add(ReadOnlySpan<byte> json)
    {
        var size = sizeof(int) + json.Length;
        if (_bytes.Length - _used < size)
        {
            if (_used > 0) _chunks.Add((_bytes, _used));
            (_bytes, _used) = (GC.AllocateUninitializedArray<byte>(Math.Max(ChunkBytes, size)), 0);
        }

        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_used), json.Length);
        json.CopyTo(_bytes.AsSpan(_used + sizeof(int)));
        _used += size;
    }

    /// <summary>Takes everything out, in order.</summary>
    public IEnumerable<JsonElement> TakeAll()
    {
        if (_used > 0) _chunks.Add((_bytes, _used));
        (_bytes, _used) = ([], 0);
        foreach (var (bytes, used) in _chunks)
        {
            for (var at = 0; at < used;)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
                yield return JsonElement.Parse(bytes.AsSpan(at + sizeof(int), length));
                at += sizeof(int) + length;
            }
        }

        _chunks.Clear();
    }
}
