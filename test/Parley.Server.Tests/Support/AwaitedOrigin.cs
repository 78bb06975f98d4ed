using System.Text.Json;
using Parley.Delivery;

namespace Parley.Tests;

/// <summary>A request without a connection: its answer is awaited. A second answer fails the test that asked.</summary>
internal sealed class AwaitedOrigin(Subscriber? subscriber = null) : Origin
{
    private readonly TaskCompletionSource<Outcome<byte[]>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Subscriber? Subscriber => subscriber;

    public override void Answer(EncodedEntry entry) => _answer.SetResult(entry.Json.ToArray());

    public override void Answer(ReadOnlyMemory<byte> json) => _answer.SetResult(json.ToArray());

    public override void Refuse(Refusal refusal) => _answer.SetResult(refusal);

    /// <summary>The answer as the record it is on the wire.</summary>
    public async Task<Outcome<T>> AsAsync<T>()
        where T : class
    {
        var outcome = await _answer.Task.WaitAsync(TimeSpan.FromMinutes(2));
        if (outcome.Refusal is { } refusal) return refusal;
        return (T)JsonSerializer.Deserialize(outcome.Value, ProtocolJson.Lenient.GetTypeInfo(typeof(T))!)!;
    }
}
