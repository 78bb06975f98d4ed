namespace Parley.Gateway;

/// <summary>The memory of the process that .NET manages.</summary>
/// <param name="Measure">What is in use of it now. Cheap, and does not wait.</param>
/// <param name="Collect">Begins to free what nothing holds any more; returns before that is done.</param>
internal sealed record Heap(Func<HeapUse> Measure, Action Collect)
{
    public static readonly Heap OfProcess = new(
        () => new HeapUse(GC.GetTotalMemory(forceFullCollection: false), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
        () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false));
}

/// <summary>How much of the heap was in use at one moment.</summary>
/// <param name="Bytes">In use, garbage among it that was not collected yet.</param>
/// <param name="Ceiling">The most it may be: the runtime's limit for the heap, or without one the memory of the machine or container.</param>
internal readonly record struct HeapUse(long Bytes, long Ceiling)
{
    public long Percent => Bytes * 100 / Ceiling;

    /// <summary>Bytes of so many percent.</summary>
    public long At(int percent) => Ceiling * percent / 100;
}
