using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Client;

/// <summary>How a request ended: a value, a refusal, or neither when the connection was lost first.</summary>
internal readonly record struct Answer<T>(T? Value, Refusal? Refusal)
    where T : class
{
    public bool IsLost => Value is null && Refusal is null;
}

/// <summary>A request without an answer yet. Exactly one of the three methods is called, once.</summary>
internal abstract class Call
{
    public abstract void Answer(ReadOnlyMemory<byte> result);

    public abstract void Refuse(Refusal refusal);

    public abstract void Lose();
}

/// <inheritdoc/>
internal sealed class Call<T>(JsonTypeInfo<T> type, Action<Answer<T>> done) : Call
    where T : class
{
    public override void Answer(ReadOnlyMemory<byte> result)
    {
        T? value;
        try
        {
            value = JsonSerializer.Deserialize(result.Span, type);
        }
        catch (JsonException)
        {
            // The request may have been carried out; what cannot be read is no proof that it was not.
            Refuse(Refusals.OutcomeUnknown.Because("the answer could not be read"));
            return;
        }

        if (value is null) Refuse(Refusals.OutcomeUnknown.Because("the answer was null"));
        else done(new Answer<T>(value, null));
    }

    public override void Refuse(Refusal refusal) => done(new Answer<T>(null, refusal));

    public override void Lose() => done(default);
}
