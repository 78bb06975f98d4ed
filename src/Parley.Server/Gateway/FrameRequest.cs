using Parley.Delivery;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary>A request of a connection.</summary>
/// <param name="connection">Who asked, and gets the answer.</param>
/// <param name="id">The bytes of its id; null when it wants no answer.</param>
/// <param name="command">What it asks.</param>
/// <param name="number">Which of the connection's requests it is, for the log.</param>
internal sealed class FrameRequest(Connection connection, byte[]? id, HandledCommand command, long number) : Request(command)
{
    public override Caller Caller => connection.Session.Caller!;

    public override Subscriber? Subscriber => connection.Session.Subscriber;

    /// <summary>Ends with the connection.</summary>
    public override CancellationToken Cancel => connection.Ended;

    protected override RealtimeGateway Gateway => connection.Gateway;

    protected override string Name => $"{connection.Id}:{number}";

    protected override string System => RequestTraces.JsonRpc;

    protected override void Finish(ReadOnlyMemory<byte> json)
    {
        if (id is not null) connection.Queue.Answer(id, json);
        connection.Intake.Finished(Asked);
    }

    protected override void Finish(Refusal refusal)
    {
        if (id is not null) connection.Refuse(id, refusal);
        connection.Intake.Finished(Asked, refusal);
    }
}
