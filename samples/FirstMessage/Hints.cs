using Parley.Client;

namespace FirstMessage;

/// <summary>What the guide shows of what a program tells its client.</summary>
internal static class Hints
{
    public static void Tell(ParleyClient client)
    {
        // docs: hints
        client.NetworkChanged(NetworkStatus.Offline);   // nothing is tried, and StateChanged says Offline
        client.NetworkChanged(NetworkStatus.Online);    // it is tried at once
        client.EnterBackground();                       // away; what is lost is not connected again
        client.EnterForeground();                       // online; the connection is checked, a stopped socket found out
        // docs: end
    }
}
