using System.Globalization;

namespace Parley.Bench;

/// <summary>What processes, and all they started, have had written to the disk since this was made.</summary>
/// <remarks>As the system counts it when they change a page of a file. Nothing is counted of a file system in memory: who concludes something from
/// a zero must have seen another number. What a process of theirs wrote that ended between two looks is missing.</remarks>
internal sealed class WrittenBytes
{
    private readonly IReadOnlyList<int> _roots;
    private readonly Dictionary<int, long> _before;
    private readonly Dictionary<int, long> _now;

    public WrittenBytes(IReadOnlyList<int> roots)
    {
        _roots = roots;
        _before = Look().ToDictionary();
        _now = new Dictionary<int, long>(_before);
    }

    /// <summary>Until now.</summary>
    public long Count()
    {
        foreach (var (process, bytes) in Look()) _now[process] = bytes;
        return _now.Sum(one => one.Value - _before.GetValueOrDefault(one.Key));
    }

    private IEnumerable<KeyValuePair<int, long>> Look() =>
        from root in _roots
        from process in ProcessTree.Of(root)
        let bytes = Of(process)
        where bytes is not null
        select KeyValuePair.Create(process, bytes.Value);

    private static long? Of(int process)
    {
        const string Name = "write_bytes: ";
        try
        {
            var line = File.ReadLines($"/proc/{process}/io").First(line => line.StartsWith(Name, StringComparison.Ordinal));
            return long.Parse(line.AsSpan(Name.Length), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;   // ended meanwhile
        }
    }
}
