using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>Calls listeners in the order they were added; one that throws is reported and harms no other.</summary>
internal sealed partial class Listeners(ILoggerFactory? loggers, Action<ListenerFailedEventArgs> failed)
{
    private readonly ILogger _logger = (ILogger?)loggers?.CreateLogger<Listeners>() ?? NullLogger.Instance;

    /// <summary>Calls them all: those that were there when it began.</summary>
    public void Call<T>(EventHandler<T>? listeners, object sender, string name, T args)
        where T : EventArgs => CallEach(listeners, name, listener => listener(sender, args));

    /// <summary>As the other, for events of a shape that is not ours.</summary>
    public void CallEach<T>(T? listeners, string name, Action<T> call)
        where T : Delegate
    {
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
        {
            try
            {
                call(listener);
            }
            catch (Exception error)
            {
                Log.ListenerFailed(_logger, name, error);
                // A listener to failures that fails itself is only logged.
                if (name != nameof(ParleyClient.ListenerFailed)) failed(new ListenerFailedEventArgs(name, error));
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Error, "A listener to {Name} threw.")]
        public static partial void ListenerFailed(ILogger logger, string name, Exception error);
    }
}
