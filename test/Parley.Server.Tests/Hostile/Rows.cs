using System.Text.Json.Nodes;
using Parley.Gateway;
using Parley.Tests.Contracts;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>Every row of the table of methods with params that are good: those of test/vectors. A method that has none there fails the tests of all.</summary>
internal static class Rows
{
    /// <summary>The rows that somebody who comes this way has.</summary>
    public static IEnumerable<HandledCommand> Of(RunningServer server, Way way) =>
        server.Node.Gateway.Router.Rows.Where(row => !row.IsPlatform || way == Way.Backend);

    /// <summary>Who may ask this row, coming this way: mallory, or for a row of the platform the backend itself.</summary>
    public static async Task<ITalker> AskerAsync(RunningServer server, Way way, HandledCommand row) =>
        row.IsPlatform ? HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo")) : await server.TalkAsync(way, "mallory");

    /// <summary>Good params of a method, in each form that has a vector.</summary>
    public static IReadOnlyList<JsonObject> ExamplesOf(HandledCommand row)
    {
        var examples = Vectors.Read("methods").Where(vector => (string)vector["method"]! == row.Name).Select(vector => vector["request"]!["params"]!.AsObject()).ToList();
        Assert.True(examples.Count > 0, $"{row.Name} has no vector in test/vectors/methods.json, so nothing hostile can be made of one.");
        return examples;
    }

    /// <summary>Asks every row, in every form, with what is made of its good params; the asker is open for one row.</summary>
    public static async Task EachAsync(RunningServer server, Way way, Func<ITalker, HandledCommand, JsonObject, Task> ask)
    {
        foreach (var row in Of(server, way))
        {
            using var asker = await AskerAsync(server, way, row);
            foreach (var example in ExamplesOf(row)) await ask(asker, row, example);
        }
    }
}
