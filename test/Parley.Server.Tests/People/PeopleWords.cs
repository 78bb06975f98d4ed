using System.Text.Json;
using Parley.Hosting;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Tests.People;

/// <summary>What tests of people say.</summary>
internal static class PeopleWords
{
    public static UserId Id(string user) => new(user);

    public static JsonElement Json(string text) => JsonElement.Parse(text);

    public static async Task<T> DoAsync<T>(this TestServer server, string user, object command)
        where T : class
    {
        var outcome = await server.AskAsync<T>(server.As(user), command);
        return outcome.Value ?? throw new InvalidOperationException($"{command.GetType().Name} of {user}: {outcome.Refusal}");
    }

    public static async Task<Refusal?> RefusalAsync<T>(this TestServer server, string user, object command)
        where T : class => (await server.AskAsync<T>(server.As(user), command)).Refusal;

    /// <summary>Asks the platform's handlers.</summary>
    public static Task<UserAccount> PlatformAsync(this TestServer server, object command) => server.DoAsync<UserAccount>("nobody", command);

    /// <summary>Asks the platform's handlers of a server that runs.</summary>
    public static async Task<Outcome<UserAccount>> PlatformAsync(this RunningServer server, Action<PeopleHandlers, PlatformCaller, AwaitedOrigin> ask)
    {
        var origin = new AwaitedOrigin();
        ask(server.Node.Handlers.People, new PlatformCaller(server.Node.Installation.Apps["demo"], "test"), origin);
        return await origin.AsAsync<UserAccount>();
    }

    /// <summary>Makes two users contacts.</summary>
    public static async Task BefriendAsync(this TestServer server, string one, string other)
    {
        await server.DoAsync<Contact>(one, new RequestContact(Id(other)));
        await server.DoAsync<Contact>(other, new AcceptContact(Id(one)));
    }

    /// <summary>A token after which a user's lists have not changed. Until what runs in the database beside the test has ended, the feed may tell again.</summary>
    public static async Task<string> QuietAsync(this TestServer server, string user)
    {
        var since = (await server.Node.Handlers.Changes.ReadAsync(server.As(user).Key, null, CancellationToken.None)).Value!.Since;
        for (var tries = 0; await server.DoAsync<InboxChanges>(user, new ReadChanges(since)) is { Lists: not null } again; since = again.Since)
            Assert.True(++tries < 1_000, "what did not change is told for ever");
        return since;
    }
}
