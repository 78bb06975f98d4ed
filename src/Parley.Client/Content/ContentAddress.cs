namespace Parley.Client;

/// <summary>From where content is fetched for a while, by who has the address: it needs no token.</summary>
/// <param name="Url">The address. Show it to nobody but the user.</param>
/// <param name="ExpiresAt">Until when, by the server's clock. A download that is under way then goes on.</param>
public sealed record ContentAddress(Uri Url, DateTimeOffset ExpiresAt);
