using System.Diagnostics;
using Parley.Conversations;
using Parley.Delivery;

namespace Parley.Moderation;

/// <summary>Answers as another origin does, but of a forward whose original is another by now than the one that was looked at: then nobody is answered, and it is looked at again.</summary>
/// <param name="origin">Who is answered.</param>
/// <param name="isLast">Whether it is not looked at again.</param>
internal sealed class LookingOrigin(Origin origin, bool isLast) : Origin
{
    private readonly TaskCompletionSource<bool> _outdated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether it is to be looked at again, as soon as that is known.</summary>
    public Task<bool> IsOutdated => _outdated.Task;

    public override Subscriber? Subscriber => origin.Subscriber;

    public override ActivityContext Trace => origin.Trace;

    public override void Answer(EncodedEntry entry) => End(() => origin.Answer(entry));

    public override void Answer(ReadOnlyMemory<byte> json) => End(() => origin.Answer(json));

    public override void Refuse(Refusal refusal)
    {
        if (!isLast && ReferenceEquals(refusal, ForwardLook.Outdated)) _outdated.SetResult(true);
        else End(() => origin.Refuse(refusal));
    }

    private void End(Action answer)
    {
        try
        {
            answer();
        }
        finally
        {
            _outdated.SetResult(false);
        }
    }
}
