namespace Parley.Client.Tests;

/// <summary>Tests that run after all others and one at a time: what they look at is the process's.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
