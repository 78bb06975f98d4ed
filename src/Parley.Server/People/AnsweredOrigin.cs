using System.Diagnostics;
using Parley.Delivery;

namespace Parley.People;

/// <summary>The origin of a read that has to write: a read answers before its task completes, and a write answers when it is durable.</summary>
internal sealed class AnsweredOrigin(Origin origin) : Origin
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the answer, or the refusal.</summary>
    public Task Answered => _answered.Task;

    public override Subscriber? Subscriber => origin.Subscriber;

    public override ActivityContext Trace => origin.Trace;

    public override void Answer(EncodedEntry entry)
    {
        origin.Answer(entry);
        _answered.SetResult();
    }

    public override void Answer(ReadOnlyMemory<byte> json)
    {
        origin.Answer(json);
        _answered.SetResult();
    }

    public override void Refuse(Refusal refusal)
    {
        origin.Refuse(refusal);
        _answered.SetResult();
    }
}
