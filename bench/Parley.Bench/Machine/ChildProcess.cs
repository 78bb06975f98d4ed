using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Parley.Bench;

/// <summary>A process of ours: ended by its id, its output in a file.</summary>
internal sealed partial class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts <paramref name="command"/>, on one <paramref name="core"/> only when one is named, appending what it prints to
    /// <paramref name="log"/>. Its id is the id of the command itself, and it sees our own environment and <paramref name="environment"/>.</summary>
    public static ChildProcess Start(int? core, string log, IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> command)
    {
        // Each of these replaces itself with the next, so the process keeps its id, and nobody here has to pump its output.
        string[] prefix = core is { } pinned ? ["taskset", "-c", $"{pinned}"] : [];
        string[] whole = [.. prefix, "/bin/sh", "-c", "exec \"$@\" >>\"$0\" 2>&1", log, .. command];
        var start = new ProcessStartInfo(whole[0], whole[1..]) { UseShellExecute = false, RedirectStandardInput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start."));
    }

    /// <summary>Runs <paramref name="command"/> to its end.</summary>
    public static Task<int> RunAsync(string log, CancellationToken cancel, params IReadOnlyList<string> command) =>
        RunAsync(log, new Dictionary<string, string>(), cancel, command);

    /// <summary>Runs <paramref name="command"/> to its end, with more in its environment.</summary>
    public static async Task<int> RunAsync(
        string log, IReadOnlyDictionary<string, string> environment, CancellationToken cancel, params IReadOnlyList<string> command)
    {
        using var child = Start(core: null, log, environment, command);
        await child._process.WaitForExitAsync(cancel);
        return child.ExitCode;
    }

    /// <summary>kill -9, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end; after <paramref name="patience"/> it is killed.</summary>
    public async Task StopAsync(Signal signal, TimeSpan patience)
    {
        if (_process.HasExited) return;
        Send(signal, _process.Id);
        using var timeout = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>Sends a signal to processes that we, or what we started, have started; to one that has ended it does nothing.</summary>
    public static void Send(Signal signal, params IReadOnlyList<int> processes)
    {
        foreach (var process in processes) _ = SendSignal(process, (int)signal);
    }

    public void Dispose() => _process.Dispose();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}

/// <summary>What a process is told, by the numbers of Linux.</summary>
internal enum Signal
{
    /// <summary>SIGINT: PostgreSQL's fast shutdown.</summary>
    Interrupt = 2,

    /// <summary>SIGKILL.</summary>
    Kill = 9,

    /// <summary>SIGTERM.</summary>
    Terminate = 15,

    /// <summary>SIGCONT: go on.</summary>
    Continue = 18,

    /// <summary>SIGSTOP: stand still until told to go on.</summary>
    Stop = 19,
}
