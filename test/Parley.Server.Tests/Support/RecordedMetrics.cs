using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Numerics;

namespace Parley.Tests;

/// <summary>Everything that is measured in this process while it lives, by any server.</summary>
internal sealed class RecordedMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _sums = new();

    public RecordedMetrics()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Parley") Units[instrument.Name] = instrument.Unit;
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(Keep);
        _listener.SetMeasurementEventCallback<int>(Keep);
        _listener.SetMeasurementEventCallback<double>(Keep);
        _listener.Start();
    }

    /// <summary>Name, value and tags of each measurement.</summary>
    public ConcurrentQueue<string> Seen { get; } = [];

    /// <summary>Units of the meter Parley, by instrument.</summary>
    public ConcurrentDictionary<string, string?> Units { get; } = new();

    /// <summary>The sum of all that an instrument was told.</summary>
    public double Sum(string instrument) => _sums.GetValueOrDefault(instrument);

    public void Dispose() => _listener.Dispose();

    private void Keep<T>(Instrument instrument, T measured, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        where T : INumber<T>
    {
        var value = double.CreateChecked(measured);
        _sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
        Seen.Enqueue($"{instrument.Name} {measured} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}");
    }
}
