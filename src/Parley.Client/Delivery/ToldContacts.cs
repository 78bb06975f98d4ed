namespace Parley.Client;

/// <summary>The contacts told while their list is read, from the list and from notifications: of two states of one the older is not told after the newer.</summary>
/// <remarks>Kept for one reading only, so it is no larger than that list and what changed meanwhile. Pure.</remarks>
internal sealed class ToldContacts
{
    private readonly Dictionary<UserId, DateTimeOffset> _at = [];

    /// <summary>Whether to tell what a notification said. Of two within a millisecond the notification is the later, or says the same.</summary>
    public bool Heard(Contact contact) => IsNews(contact, _at.TryGetValue(contact.User, out var told) && told > contact.At);

    /// <summary>Whether to tell what the list said.</summary>
    public bool Listed(Contact contact) => IsNews(contact, _at.TryGetValue(contact.User, out var told) && told >= contact.At);

    private bool IsNews(Contact contact, bool isOld)
    {
        if (!isOld) _at[contact.User] = contact.At;
        return !isOld;
    }
}
