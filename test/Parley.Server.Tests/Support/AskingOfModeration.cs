using Parley.Delivery;
using Parley.Hosting;
using Parley.Identity;

namespace Parley.Tests;

/// <summary>Hands commands of moderation to their handlers.</summary>
internal static class AskingOfModeration
{
    public static void Ask(ModerationHandlers handlers, Caller caller, object command, Origin origin)
    {
        var none = CancellationToken.None;
        var platform = new PlatformCaller(caller.App, "test");
        switch (command)
        {
            case ReportMessage report: handlers.Report.Handle(caller, report, origin); break;
            // The platform's: of the app of the caller, whoever he is.
            case PutWordList put: handlers.WordLists.Handle(platform, put, origin); break;
            case DeleteWordList delete: handlers.WordLists.Handle(platform, delete, origin); break;
            case GetWordList get: _ = handlers.WordLists.HandleAsync(platform, get, origin, none); break;
            case ListWordLists list: _ = handlers.WordLists.HandleAsync(platform, list, origin, none); break;
            case ListReports list: _ = handlers.Reports.HandleAsync(platform, list, origin, none); break;
            case ResolveReport resolve: handlers.Reports.Handle(platform, resolve, origin); break;
            case GetModeratedMessage get: _ = handlers.Reports.HandleAsync(platform, get, origin, none); break;
            case ListHeld list: _ = handlers.Held.HandleAsync(platform, list, origin, none); break;
            case ReleaseHeld release: handlers.Held.Handle(platform, release, origin); break;
            case RejectHeld reject: handlers.Held.Handle(platform, reject, origin); break;
            default: throw new ArgumentException($"no handler takes {command.GetType().Name}", nameof(command));
        }
    }
}
