using System.Text.Json.Serialization.Metadata;
using Parley.Delivery;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary>The table of methods, the same for a WebSocket and for HTTP. Filled once, before the first connection.</summary>
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
    /// <param name="result">What it answers; of <see cref="ProtocolJson.Lenient"/>.</param>
    /// <param name="handle">Called for one connection's requests one after another, in the order of its frames.</param>
    public void Append<TParams>(string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Action<Caller, TParams, Origin> handle)
        where TParams : class =>
        _commands.Add(name, new AppendCommand<TParams>(name, type, result, handle, sendsTo: null));

    /// <summary>As the other, for a method that sends a message and is counted as such.</summary>
    /// <param name="name">Of the method.</param>
    /// <param name="type">How its params are read; of <see cref="ProtocolJson.Strict"/>.</param>
    /// <param name="result">What it answers; of <see cref="ProtocolJson.Lenient"/>.</param>
    /// <param name="sendsTo">Whose rate the message counts towards.</param>
    /// <param name="handle">Called for one connection's requests one after another, in the order of its frames.</param>
    /// <param name="usual">Reads params in their usual form; null for all others, which are read as <paramref name="type"/> says.</param>
    /// <param name="door">Why none is taken for the moment, asked before anything is done for one: to refuse must cost less than to take. The handler may refuse still.</param>
    public void Append<TParams>(
        string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Func<TParams, ConversationId> sendsTo, Action<Caller, TParams, Origin> handle,
        UsualForm<TParams>? usual = null, Func<Refusal?>? door = null)
        where TParams : class =>
        _commands.Add(name, new AppendCommand<TParams>(name, type, result, handle, sendsTo, usual, door));

    /// <summary>As the other, for a method that sends a message to several users and is counted as one to each.</summary>
    /// <param name="name">Of the method.</param>
    /// <param name="type">How its params are read; of <see cref="ProtocolJson.Strict"/>.</param>
    /// <param name="result">What it answers; of <see cref="ProtocolJson.Lenient"/>.</param>
    /// <param name="recipients">To how many.</param>
    /// <param name="handle">Called for one connection's requests one after another, in the order of its frames.</param>
    public void AppendToMany<TParams>(string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Func<TParams, int> recipients, Action<Caller, TParams, Origin> handle)
        where TParams : class =>
        _commands.Add(name, new AppendCommand<TParams>(name, type, result, handle, sendsTo: null, recipients: recipients));

    /// <summary>A method that only reads. A few of one connection are under way at once; the token ends with the connection.</summary>
    /// <param name="name">Of the method.</param>
    /// <param name="type">How its params are read; of <see cref="ProtocolJson.Strict"/>.</param>
    /// <param name="result">What it answers; of <see cref="ProtocolJson.Lenient"/>.</param>
    /// <param name="handle">Answers the origin before its task completes.</param>
    public void Read<TParams>(
        string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Func<Caller, TParams, Origin, CancellationToken, Task> handle)
        where TParams : class =>
        _commands.Add(name, new ReadCommand<TParams>(name, type, result, handle));

    /// <summary>A method that reads what it needs and then changes what is in memory only: it waits for its turn as reads do, and no read may stand for it.</summary>
    /// <param name="name">Of the method.</param>
    /// <param name="type">How its params are read; of <see cref="ProtocolJson.Strict"/>.</param>
    /// <param name="result">What it answers; of <see cref="ProtocolJson.Lenient"/>.</param>
    /// <param name="handle">Answers the origin before its task completes.</param>
    /// <param name="sendsTo">Where to, for what is counted as a message; null for all others.</param>
    public void Signal<TParams>(
        string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Func<Caller, TParams, Origin, CancellationToken, Task> handle, Func<TParams, ConversationId>? sendsTo = null)
        where TParams : class =>
        _commands.Add(name, new SignalCommand<TParams>(name, type, result, handle, sendsTo));

    /// <summary>A method of the app's backend that writes: over HTTP, with an API key, in nobody's name. To everybody else there is none of this name.</summary>
    /// <param name="name">Of the method.</param>
    /// <param name="type">How its params are read; of <see cref="ProtocolJson.Strict"/>.</param>
    /// <param name="result">What it answers; of <see cref="ProtocolJson.Lenient"/>.</param>
    /// <param name="handle">Answers the origin now or later.</param>
    public void Platform<TParams>(string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Action<PlatformCaller, TParams, Origin> handle)
        where TParams : class =>
        _commands.Add(name, new PlatformCommand<TParams>(name, type, result, handle));

    /// <summary>As <see cref="Platform"/>, for one that only reads: it waits for its turn among the reads of the node, and may be asked with GET.</summary>
    /// <param name="name">Of the method.</param>
    /// <param name="type">How its params are read; of <see cref="ProtocolJson.Strict"/>.</param>
    /// <param name="result">What it answers; of <see cref="ProtocolJson.Lenient"/>.</param>
    /// <param name="handle">Answers the origin before its task completes.</param>
    public void PlatformRead<TParams>(
        string name, JsonTypeInfo<TParams> type, JsonTypeInfo result, Func<PlatformCaller, TParams, Origin, CancellationToken, Task> handle)
        where TParams : class =>
        _commands.Add(name, new PlatformReadCommand<TParams>(name, type, result, handle));

    /// <summary>The method that users have by this name; null when there is none.</summary>
    public Command? Find(ReadOnlySpan<char> name) =>
        _byName.TryGetValue(name, out var command) && command is not HandledCommand { IsPlatform: true } ? command : null;

    /// <summary>The method of this name for who has an API key: those of users, and those of the platform; null when there is none.</summary>
    public Command? FindForPlatform(ReadOnlySpan<char> name) => _byName.TryGetValue(name, out var command) ? command : null;

    /// <summary>Every method with a handler, in the order of the names.</summary>
    public IReadOnlyList<HandledCommand> Rows => [.. _commands.Values.OfType<HandledCommand>().OrderBy(command => command.Name, StringComparer.Ordinal)];
}
