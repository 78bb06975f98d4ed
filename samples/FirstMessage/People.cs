using Parley;
using Parley.Client;

namespace FirstMessage;

/// <summary>What the guide shows of profiles, contacts and block lists.</summary>
internal static class People
{
    public static async Task<IReadOnlyList<UserProfile>> ProfilesAsync(ParleyClient client)
    {
        // docs: profiles
        await client.Users.UpdateAsync(displayName: "Alice", avatarUrl: "https://example.org/alice.png");
        var profiles = await client.Users.GetAsync([new UserId("bob"), new UserId("carol")]);
        client.Users.ProfileChanged += (_, e) => Console.WriteLine($"{e.Profile.User} ({e.Profile.DisplayName})");
        // docs: end
        return profiles;
    }

    public static async Task<UserProfile?> FindAsync(ParleyClient client)
    {
        // docs: find
        var bob = await client.Users.FindByEmailAsync("bob@example.org");
        // docs: end
        return bob;
    }

    public static async Task BefriendAsync(ParleyClient client)
    {
        // docs: contacts
        client.Contacts.Changed += (_, e) => Console.WriteLine($"{e.Contact.User}: {e.Contact.State}");
        await client.Contacts.RequestAsync(new UserId("bob"), "We met at the fair.");
        await client.Blocks.AddAsync([new UserId("mallory")]);
        // docs: end
    }
}
