namespace Parley.Tests;

/// <summary>Tests that run after all others and one at a time: what they look at or take is the process's, or the machine's.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
