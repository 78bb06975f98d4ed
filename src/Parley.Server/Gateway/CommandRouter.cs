using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Parley.Delivery;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary>The table of methods. Filled once, before the first connection.</summary>
internal sealed class CommandRouter
{
    /// <summary>The most characters of a method's name.</summary>
    public const int MaxNameLength = 64;

    private readonly Dictionary<string, Command> _commands = new(StringComparer.Ordinal)
    {
        [Methods.OpenSession] = new OpenCommand(),
        [Methods.RenewSession] = new RenewCommand(),
    };

    private readonly Dictionary<string, Command>.AlternateLookup<ReadOnlySpan<char>> _byName;

    public CommandRouter() => _byName = _commands.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>A method that goes through the journal: the handler queues it and returns, and the origin is answered later.</summary>
    /// <param name="name">Of the method.</param>
    /// <param name="type">How its params are read; of <see cref="ProtocolJson.Strict"/>.</param>
    /// <param name="handle">Called for one connection's requests one after another, in the order of its frames.</param>
    public void Append<TParams>(string name, JsonTypeInfo<TParams> type, Action<Caller, TParams, Origin> handle)
        where TParams : class =>
        _commands.Add(name, new AppendCommand<TParams>(name, type, handle, sendsTo: null));

    /// <summary>As the other, for a method that sends a message and is counted as such.</summary>
    /// <param name="name">Of the method.</param>
    /// <param name="type">How its params are read; of <see cref="ProtocolJson.Strict"/>.</param>
    /// <param name="sendsTo">Whose rate the message counts towards.</param>
    /// <param name="handle">Called for one connection's requests one after another, in the order of its frames.</param>
    /// <param name="usual">Reads params in their usual form; null for all others, which are read as <paramref name="type"/> says.</param>
    /// <param name="door">Why none is taken for the moment, asked before anything is done for one: to refuse must cost less than to take. The handler may refuse still.</param>
    public void Append<TParams>(
        string name, JsonTypeInfo<TParams> type, Func<TParams, ConversationId> sendsTo, Action<Caller, TParams, Origin> handle,
        UsualForm<TParams>? usual = null, Func<Refusal?>? door = null)
        where TParams : class =>
        _commands.Add(name, new AppendCommand<TParams>(name, type, handle, sendsTo, usual, door));

    /// <summary>A method that only reads. A few of one connection are under way at once; the token ends with the connection.</summary>
    /// <param name="name">Of the method.</param>
    /// <param name="type">How its params are read; of <see cref="ProtocolJson.Strict"/>.</param>
    /// <param name="handle">Answers the origin before its task completes.</param>
    public void Read<TParams>(string name, JsonTypeInfo<TParams> type, Func<Caller, TParams, Origin, CancellationToken, Task> handle)
        where TParams : class =>
        _commands.Add(name, new ReadCommand<TParams>(name, type, handle));

    /// <summary>A method that reads what it needs and then changes what is in memory only: it waits for its turn as reads do, and no read may stand for it.</summary>
    /// <param name="name">Of the method.</param>
    /// <param name="type">How its params are read; of <see cref="ProtocolJson.Strict"/>.</param>
    /// <param name="handle">Answers the origin before its task completes.</param>
    public void Signal<TParams>(string name, JsonTypeInfo<TParams> type, Func<Caller, TParams, Origin, CancellationToken, Task> handle)
        where TParams : class =>
        _commands.Add(name, new ReadCommand<TParams>(name, type, handle));

    /// <summary>The method of this name; null when there is none.</summary>
    public Command? Find(ReadOnlySpan<char> name) => _byName.TryGetValue(name, out var command) ? command : null;
}

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
internal abstract class HandledCommand(string name) : Command(name)
{
    /// <summary>Whether it counts towards the reads under way.</summary>
    public abstract bool IsRead { get; }

    /// <summary>Starts it. The request is answered now or later, also when this fails.</summary>
    public abstract void Start(Request request, ReadOnlySpan<byte> json);
}

internal sealed class AppendCommand<TParams>(
    string name, JsonTypeInfo<TParams> type, Action<Caller, TParams, Origin> handle, Func<TParams, ConversationId>? sendsTo, UsualForm<TParams>? usual = null,
    Func<Refusal?>? door = null)
    : HandledCommand(name)
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

        handle(request.Caller, parsed.Value!, request);
    }
}

internal sealed class ReadCommand<TParams>(
    string name, JsonTypeInfo<TParams> type, Func<Caller, TParams, Origin, CancellationToken, Task> handle) : HandledCommand(name)
    where TParams : class
{
    public override bool IsRead => true;

    public override void Start(Request request, ReadOnlySpan<byte> json)
    {
        var parsed = Parse(json, type);
        if (parsed.Refusal is { } refusal) request.Refuse(refusal);
        else request.Follow(ReadAsync(request, parsed.Value!));
    }

    private async Task ReadAsync(Request request, TParams wish)
    {
        if (!await request.ReadSlots.EnterAsync(request.Cancel))
        {
            request.Refuse(Refusals.RateLimited.After(ReadSlots.Patience).Because("the reads of this server"));
            return;
        }

        try
        {
            await handle(request.Caller, wish, request, request.Cancel);
        }
        finally
        {
            request.ReadSlots.Leave();
        }
    }
}
