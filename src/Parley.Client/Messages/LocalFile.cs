namespace Parley.Client;

/// <summary>A file on this device that is to go with a message: uploaded first, gone on with after whatever interrupts it, also in the next run of the program.</summary>
/// <remarks>It must stay where it is, as it is, until the message is settled. One that is gone or was changed by then is not sent, and neither is its message (<see cref="FailureReason.File"/>).</remarks>
/// <param name="Path">Where it is.</param>
/// <param name="Type">The MIME type that it is said to have; null for what its extension says. The server looks at the bytes.</param>
/// <param name="Name">What it is called; null for the last part of its path.</param>
public sealed record LocalFile(string Path, string? Type = null, string? Name = null);
