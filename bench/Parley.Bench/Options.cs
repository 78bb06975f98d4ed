using System.Globalization;

namespace Parley.Bench;

/// <summary>What a program of the bench was asked for: the first word, and <c>--name value</c> pairs.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> _values = [];

    /// <param name="arguments">As given.</param>
    /// <param name="known">Every name there is; a name that ends in <c>!</c> is a flag and takes no value.</param>
    /// <exception cref="BenchException">Something unknown.</exception>
    public Options(IReadOnlyList<string> arguments, params string[] known)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (known.Contains(name + "!")) _values[name] = "true";
            else if (!known.Contains(name) || ++i == arguments.Count) throw new BenchException($"{name}? Known are {string.Join(", ", known.Select(one => one.TrimEnd('!')))}.");
            else _values[name] = arguments[i];
        }
    }

    public bool Has(string flag) => _values.ContainsKey(flag);

    public string? Find(string name) => _values.GetValueOrDefault(name);

    public double? Number(string name) => Find(name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;

    public IReadOnlyList<Engine> Engines() => Find("--engine") switch
    {
        "sqlite" => [Engine.Sqlite],
        "postgres" => [Engine.Postgres],
        null or "both" => [Engine.Sqlite, Engine.Postgres],
        var other => throw new BenchException($"--engine {other}? Known are sqlite, postgres, both."),
    };
}
