using System.Diagnostics;

namespace Parley.Bench;

/// <summary>What apt-get installed.</summary>
internal static class DebianPackage
{
    /// <summary>Its name and version.</summary>
    public static async Task<string> VersionAsync(string package, CancellationToken cancel)
    {
        var start = new ProcessStartInfo("dpkg-query", ["-W", "-f", "${Package} ${Version}", package]) { UseShellExecute = false, RedirectStandardOutput = true };
        using var query = Process.Start(start) ?? throw new InvalidOperationException("dpkg-query did not start.");
        var version = await query.StandardOutput.ReadToEndAsync(cancel);
        await query.WaitForExitAsync(cancel);
        return query.ExitCode == 0 ? version : throw new BenchException($"{package} is not installed: apt-get install {package}");
    }
}
