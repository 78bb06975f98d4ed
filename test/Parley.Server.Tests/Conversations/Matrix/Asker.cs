using System.Text.Json;
using Parley.Tests.Gateway;

namespace Parley.Tests.Conversations;

/// <summary>A user who asks much at once, one way or the other.</summary>
internal sealed class Asker(RawClient? socket, HttpTalker? http) : IDisposable
{
    private const int MostOfAFrame = 100;

    /// <summary>Asks all of it, and answers the answers in the same order. In one conversation a WebSocket is answered as if it had asked one by one; over HTTP there is no order.</summary>
    public async Task<IReadOnlyList<JsonElement>> AskAsync(IReadOnlyList<(string Method, string Params)> asks)
    {
        if (asks.Count == 0) return [];
        if (http is not null) return await Task.WhenAll(asks.Select(ask => http.AskAsync(ask.Method, ask.Params)));

        Assert.InRange(asks.Count, 1, MostOfAFrame);
        await socket!.SendAsync($"[{string.Join(',', asks.Select((ask, index) => $$"""{"jsonrpc":"2.0","id":"{{index}}","method":"{{ask.Method}}","params":{{ask.Params}}}"""))}]");
        var answers = new JsonElement[asks.Count];
        for (var read = 0; read < answers.Length; read++)
        {
            var answer = await socket.ReadMessageAsync();
            var index = int.Parse(answer.GetProperty("id").GetString()!);
            Assert.Equal(JsonValueKind.Undefined, answers[index].ValueKind);
            answers[index] = answer;
        }

        return answers;
    }

    public void Dispose()
    {
        socket?.Dispose();
        http?.Dispose();
    }
}
