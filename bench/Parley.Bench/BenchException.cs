namespace Parley.Bench;

/// <summary>A run that cannot go on; the message is for the person who started it.</summary>
internal sealed class BenchException(string message) : Exception(message);
