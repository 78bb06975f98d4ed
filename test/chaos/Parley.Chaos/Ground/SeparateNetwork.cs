using System.ComponentModel;
using System.Net;
using System.Runtime.InteropServices;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>A network of its own, joined to the machine's by one cable that can be cut. Needs root and iproute2.</summary>
internal sealed partial class SeparateNetwork : IAsyncDisposable
{
    private const int NewNetwork = 0x40000000;
    private readonly string _name;
    private readonly string _log;

    private SeparateNetwork(string name, string log) => (_name, _log) = (name, log);

    /// <summary>The machine's end of the cable.</summary>
    public static IPAddress Here { get; } = new([10, 213, 77, 1]);

    private static IPAddress There { get; } = new([10, 213, 77, 2]);

    /// <summary>Why there can be none here; null when there can.</summary>
    public static async Task<string?> ObstacleAsync(CancellationToken cancel)
    {
        if (Programs.Find("ip") is null) return "Install iproute2 to run this.";
        if (!Environment.IsPrivilegedProcess) return "Only root may make networks.";
        try
        {
            await using var one = await MakeAsync("/dev/null", cancel);
            return null;
        }
        catch (BenchException failure)
        {
            return failure.Message;
        }
    }

    public static async Task<SeparateNetwork> MakeAsync(string log, CancellationToken cancel)
    {
        var made = new SeparateNetwork($"parley{Environment.ProcessId}", log);
        try
        {
            await made.RunAsync(cancel, "netns", "add", made._name);
            await made.RunAsync(cancel, "link", "add", Cable, "type", "veth", "peer", "name", "cable", "netns", made._name);
            await made.RunAsync(cancel, "addr", "add", $"{Here}/30", "dev", Cable);
            await made.RunAsync(cancel, "link", "set", Cable, "up");
            await made.RunAsync(cancel, "-n", made._name, "addr", "add", $"{There}/30", "dev", "cable");
            await made.RunAsync(cancel, "-n", made._name, "link", "set", "cable", "up");
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs something in it; sockets that it makes belong there.</summary>
    public T Within<T>(Func<T> make)
    {
        T made = default!;
        Exception? failure = null;
        // The thread stays in there, so it must not be one that others use.
        var thread = new Thread(() =>
        {
            try
            {
                using var network = File.OpenHandle($"/run/netns/{_name}");
                if (Enter((int)network.DangerousGetHandle(), NewNetwork) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
                made = make();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? made : throw new BenchException($"Nothing can be done in a network of its own: {failure.Message}");
    }

    /// <summary>From now on nothing comes through, and nobody is told.</summary>
    public Task CutAsync(CancellationToken cancel) => RunAsync(cancel, "-n", _name, "link", "set", "cable", "down");

    public async ValueTask DisposeAsync()
    {
        await ChildProcess.RunAsync(_log, CancellationToken.None, "ip", "link", "del", Cable);
        await ChildProcess.RunAsync(_log, CancellationToken.None, "ip", "netns", "del", _name);
    }

    // At most 15 characters.
    private static string Cable => $"pv{Environment.ProcessId}";

    private async Task RunAsync(CancellationToken cancel, params IReadOnlyList<string> command)
    {
        if (await ChildProcess.RunAsync(_log, cancel, [Programs.Find("ip")!, .. command]) != 0)
            throw new BenchException($"Networks cannot be made here: ip {string.Join(' ', command)} failed.");
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int Enter(int file, int kind);
}
