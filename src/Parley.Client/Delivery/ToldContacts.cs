namespace Parley.Client;

/// <summary>The contacts told while their list is read, and how they look, from the list and from notifications: of two states of one the older is not told after the newer.</summary>
/// <remarks>
/// Kept for one reading only, so it is no larger than that list and what changed meanwhile. A profile does not say how old it is: of one that was told meanwhile the list is to be read again. Pure.
/// </remarks>
internal sealed class ToldContacts
{
    private readonly Dictionary<UserId, DateTimeOffset> _at = [];
    private readonly HashSet<UserId> _seen = [];

    /// <summary>Whether the list is to be read again.</summary>
    public bool IsDoubtful { get; private set; }

    /// <summary>Whether to tell what a notification said. Of two within a millisecond the notification is the later, or says the same.</summary>
    public bool Heard(Contact contact) => IsNews(contact, _at.TryGetValue(contact.User, out var told) && told > contact.At);

    /// <summary>Whether to tell what the list said.</summary>
    public bool Listed(Contact contact) => IsNews(contact, _at.TryGetValue(contact.User, out var told) && told >= contact.At);

    /// <summary>A notification says how somebody looks.</summary>
    public void Heard(UserProfile profile) => _seen.Add(profile.User);

    /// <summary>Whether to tell how somebody looks, as the list said.</summary>
    public bool Listed(UserProfile profile)
    {
        var isNews = !_seen.Contains(profile.User);
        IsDoubtful |= !isNews;
        return isNews;
    }

    private bool IsNews(Contact contact, bool isOld)
    {
        if (!isOld) _at[contact.User] = contact.At;
        return !isOld;
    }
}
