using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Parley.Client.Tests.Support;

/// <summary>test/support/Parley.Client.Sender, running: a program with a store, to be killed.</summary>
internal sealed class SenderProcess
{
    private readonly Process _process;
    private readonly ConcurrentDictionary<string, string> _settled;
    private readonly ConcurrentQueue<string> _errors = [];
    private readonly TaskCompletionSource _allRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile int _queued;

    private SenderProcess(Process process, int before, ConcurrentDictionary<string, string> settled)
    {
        (_process, _queued, _settled) = (process, before, settled);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <param name="address">The server, or a wire to it.</param>
    /// <param name="token">Alice's.</param>
    /// <param name="conversation">Where to.</param>
    /// <param name="store">The file of its store.</param>
    /// <param name="first">The number of the first message that it hands in; none when it is beyond the last.</param>
    /// <param name="last">That of the last.</param>
    /// <param name="settled">What it says of how each ended.</param>
    /// <param name="file">What goes with the first message.</param>
    public static SenderProcess Start(Uri address, string token, ConversationId conversation, string store, int first, int last, ConcurrentDictionary<string, string> settled, string? file = null)
    {
        // Where it was built: here its assemblies would be those of another framework.
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var program = Parley.Tests.Checkout.PathOf($"artifacts/bin/Parley.Client.Sender/{configuration}/Parley.Client.Sender.dll");
        string[] arguments = [program, $"{address}", token, $"{conversation}", store, first.ToString(CultureInfo.InvariantCulture), last.ToString(CultureInfo.InvariantCulture), .. file is null ? Array.Empty<string>() : [file]];
        return new SenderProcess(
            Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!, first - 1, settled);
    }

    /// <summary>Waits until it said that a message is kept, or all that it was to hand in are.</summary>
    public Task UntilAsync(int number) => Cast.UntilAsync(() => _queued >= number || _process.HasExited, $"{number} is handed in; it said {string.Join('\n', _errors)}", seconds: 60);

    /// <summary>As <c>kill -9</c>; the last that it said is kept.</summary>
    public async Task<int> KillAsync()
    {
        Assert.False(_process.HasExited, string.Join('\n', _errors));
        _process.Kill();
        await _process.WaitForExitAsync();
        await _allRead.Task;
        _process.Dispose();
        return _queued;
    }

    public async Task EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        Assert.Equal((0, ""), (_process.ExitCode, string.Join('\n', _errors).Trim()));
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            _allRead.TrySetResult();
            return;
        }

        // A line that was cut off by the kill is none.
        var words = line.Split(' ', 3);
        if (words is ["queued", var number] && int.TryParse(number, CultureInfo.InvariantCulture, out var kept)) _queued = kept;
        else if (words is ["settled", var what, var how]) _settled[what] = how;
    }
}
