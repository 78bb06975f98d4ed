using System.Runtime.InteropServices;

namespace Parley.Bench;

/// <summary>Turns Ctrl+C and SIGTERM into a cancellation, so that whoever stops a run early leaves no process and no file behind.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly IReadOnlyList<PosixSignalRegistration> _registrations;

    public Interrupts() => _registrations =
    [
        .. from signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
           select PosixSignalRegistration.Create(signal, context =>
           {
               context.Cancel = true;
               _source.Cancel();
           }),
    ];

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }
}
