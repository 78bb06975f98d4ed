using System.Text.Json;

namespace Parley.Tests.Gateway;

/// <summary>Somebody who asks, whichever way in he takes.</summary>
internal interface ITalker : IDisposable
{
    /// <summary>Asks, and answers the whole answer: with <c>result</c>, or with <c>error</c> as a frame has it.</summary>
    Task<JsonElement> AskAsync(string method, string parameters, string id = "ask");
}

/// <summary>The ways in.</summary>
public enum Way
{
    /// <summary>A connection of the user.</summary>
    WebSocket,

    /// <summary>Plain HTTP, with the user's token.</summary>
    Http,

    /// <summary>Plain HTTP, with the API key of the app's backend, in the user's name.</summary>
    Backend,
}
