using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Parley.Delivery;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary>Reads params that have the form that nearly all have; null for all others.</summary>
internal delegate TParams? UsualForm<TParams>(ReadOnlySpan<byte> json)
    where TParams : class;

/// <summary>A method.</summary>
internal abstract class Command(string name)
{
    public string Name => name;

    /// <summary>Reads params strictly.</summary>
    public static Outcome<TParams> Parse<TParams>(ReadOnlySpan<byte> json, JsonTypeInfo<TParams> type)
        where TParams : class
    {
        try
        {
            if (JsonSerializer.Deserialize(json, type) is { } command) return command;
            return Refusals.InvalidParams;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or ArgumentException or FormatException or OverflowException)
        {
            return ParamsFault.Explain(json, type, failure);
        }
    }
}

/// <summary><c>session.open</c>, which the connection itself answers.</summary>
internal sealed class OpenCommand() : Command(Methods.OpenSession);

/// <summary><c>session.renew</c>, which the connection itself answers.</summary>
internal sealed class RenewCommand() : Command(Methods.RenewSession);

/// <summary>A method with a handler.</summary>
internal abstract class HandledCommand(string name, JsonTypeInfo type, JsonTypeInfo result) : Command(name)
{
    private readonly Lazy<QueryParams?> _query = new(() => QueryParams.Of(type));

    /// <summary>How its params are read.</summary>
    public JsonTypeInfo Params => type;

    /// <summary>What it answers.</summary>
    public JsonTypeInfo Result => result;

    /// <summary>Whether it counts towards the reads under way.</summary>
    public abstract bool IsRead { get; }

    /// <summary>Whether only an API key may ask it.</summary>
    public virtual bool IsPlatform => false;

    /// <summary>How a query says its params; null for what writes, and where a query cannot.</summary>
    public virtual QueryParams? Query => IsRead ? _query.Value : null;

    /// <summary>Starts it. The request is answered now or later, also when this fails.</summary>
    public abstract void Start(Request request, ReadOnlySpan<byte> json);
}

internal sealed class AppendCommand<TParams>(
    string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Action<Caller, TParams, Origin> handle, Func<TParams, ConversationId>? sendsTo,
    UsualForm<TParams>? usual = null, Func<Refusal?>? door = null, Func<TParams, int>? recipients = null)
    : HandledCommand(name, type, result)
    where TParams : class
{
    public override bool IsRead => false;

    public override void Start(Request request, ReadOnlySpan<byte> json)
    {
        if (door?.Invoke() is { } closed)
        {
            request.Refuse(closed);
            return;
        }

        var parsed = usual?.Invoke(json) is { } read ? read : Parse(json, type);
        if (parsed.Refusal is { } refusal)
        {
            request.Refuse(refusal);
            return;
        }

        if (sendsTo is not null && request.TakeSend(sendsTo(parsed.Value!)) is { } limited)
        {
            request.Refuse(limited);
            return;
        }

        if (recipients is not null && recipients(parsed.Value!) is > 0 and var many && request.TakeSends(many) is { } tooMany)
        {
            request.Refuse(tooMany);
            return;
        }

        handle(request.Caller, parsed.Value!, request);
    }
}

internal class ReadCommand<TParams>(
    string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Func<Caller, TParams, Origin, CancellationToken, Task> handle)
    : HandledCommand(name, type, result)
    where TParams : class
{
    public override bool IsRead => true;

    public override void Start(Request request, ReadOnlySpan<byte> json)
    {
        var parsed = Parse(json, type);
        if ((parsed.Refusal ?? Limited(request, parsed.Value!)) is { } refusal) request.Refuse(refusal);
        else request.FollowRead(() => handle(request.Caller, parsed.Value!, request, request.Cancel));
    }

    /// <summary>Counts it towards what is limited beside reading; why there is too much of that.</summary>
    protected virtual Refusal? Limited(Request request, TParams command) => null;
}

/// <summary>A method that waits for its turn as reads do, and changes something: no GET asks it.</summary>
internal sealed class SignalCommand<TParams>(
    string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Func<Caller, TParams, Origin, CancellationToken, Task> handle, Func<TParams, ConversationId>? sendsTo)
    : ReadCommand<TParams>(name, type, result, handle)
    where TParams : class
{
    public override QueryParams? Query => null;

    protected override Refusal? Limited(Request request, TParams command) => sendsTo is null ? null : request.TakeSend(sendsTo(command));
}

internal sealed class PlatformCommand<TParams>(
    string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Action<PlatformCaller, TParams, Origin> handle)
    : HandledCommand(name, type, result)
    where TParams : class
{
    public override bool IsRead => false;

    public override bool IsPlatform => true;

    public override void Start(Request request, ReadOnlySpan<byte> json)
    {
        var parsed = Parse(json, type);
        if (parsed.Refusal is { } refusal) request.Refuse(refusal);
        else handle(request.Platform!, parsed.Value!, request);
    }
}

internal sealed class PlatformReadCommand<TParams>(
    string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Func<PlatformCaller, TParams, Origin, CancellationToken, Task> handle)
    : HandledCommand(name, type, result)
    where TParams : class
{
    public override bool IsRead => true;

    public override bool IsPlatform => true;

    public override void Start(Request request, ReadOnlySpan<byte> json)
    {
        var parsed = Parse(json, type);
        if (parsed.Refusal is { } refusal) request.Refuse(refusal);
        else request.FollowRead(() => handle(request.Platform!, parsed.Value!, request, request.Cancel));
    }
}
