using System.Globalization;

namespace Parley.Chaos;

/// <summary>A wall clock for one process that can be set ahead and back while it runs, by means of libfaketime. Its monotonic clock goes on as it was.</summary>
internal sealed class FakeClock(string folder)
{
    private readonly string _offset = Path.Combine(folder, "clock");

    /// <summary>A process looks at the file again after so long.</summary>
    public static TimeSpan Delay { get; } = TimeSpan.FromSeconds(1);

    /// <summary>What the process must be started with, once the clock was set.</summary>
    public Dictionary<string, string> Variables => new()
    {
        ["LD_PRELOAD"] = Library!,
        ["FAKETIME_TIMESTAMP_FILE"] = _offset,
        ["FAKETIME_CACHE_DURATION"] = Delay.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        // Its name changed between versions.
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["DONT_FAKE_MONOTONIC"] = "1",
    };

    /// <summary>Why there can be none here; null when there can.</summary>
    public static string? Obstacle() => Library is null ? "Install faketime to run this." : null;

    /// <summary>Sets the clock so far ahead of the machine's; negative is behind.</summary>
    public void Set(TimeSpan ahead)
    {
        // Replaced in one step: it is read at any moment.
        File.WriteAllText(_offset + ".new", string.Create(CultureInfo.InvariantCulture, $"{ahead.TotalSeconds:+0;-0;+0}\n"));
        File.Move(_offset + ".new", _offset, overwrite: true);
    }

    private static string? Library { get; } =
        (Directory.Exists("/usr/lib") ? Directory.GetDirectories("/usr/lib") : [])
        .Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists);
}
