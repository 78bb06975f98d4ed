using System.Collections.Concurrent;
using System.Diagnostics;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Samples;

/// <summary>A sample, as the solution built it, running as a program of its own.</summary>
internal sealed class SampleProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = [];

    private SampleProgram(ProcessStartInfo start)
    {
        (start.UseShellExecute, start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (false, true, true, true);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public IReadOnlyCollection<string> Lines => _lines;

    public TextWriter Input => _process.StandardInput;

    /// <param name="name">Its folder below samples.</param>
    /// <param name="settings">Environment variables.</param>
    /// <param name="arguments">What it is started with.</param>
    public static SampleProgram Start(string name, (string Name, string Value)[] settings, params string[] arguments)
    {
        // Where it was built: here its assemblies would be those of another framework.
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var folder = Checkout.PathOf($"artifacts/bin/{name}/{configuration}");
        return StartFile("dotnet", folder, settings, [Path.Combine(folder, $"{name}.dll"), .. arguments]);
    }

    public static SampleProgram StartFile(string program, string folder, (string Name, string Value)[] settings, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder };
        foreach (var (key, value) in settings) start.Environment[key] = value;
        return new SampleProgram(start);
    }

    /// <summary>Waits until a line has this in it, and answers that line.</summary>
    public async Task<string> LineAsync(string part)
    {
        await UntilAsync(() => _process.HasExited || _lines.Any(line => line.Contains(part, StringComparison.Ordinal)), $"it says {part}; it said {string.Join('\n', _lines)}");
        return Assert.Single(_lines.Where(line => line.Contains(part, StringComparison.Ordinal)).Take(1));
    }

    /// <summary>Closes its input and waits for its end.</summary>
    public async Task<int> EndAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Interrupts it, as Ctrl-C does, and waits for its end; its input stays open.</summary>
    public async Task<int> InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is not null) _lines.Enqueue(line);
    }
}
