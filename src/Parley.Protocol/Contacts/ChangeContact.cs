using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>contact.request</c>: asks somebody to be a contact. When he has asked already, both are contacts at once.</summary>
/// <param name="User">Whom.</param>
/// <param name="Message">Up to 512 code points, for him to read.</param>
public sealed record RequestContact(UserId User, string? Message = null)
{
    /// <summary>The longest message, in code points.</summary>
    public const int MaxMessage = 512;
}

/// <summary><c>contact.accept</c>: accepts somebody's request.</summary>
/// <param name="User">Whose.</param>
public sealed record AcceptContact(UserId User);

/// <summary><c>contact.decline</c>: declines somebody's request. He is told.</summary>
/// <param name="User">Whose.</param>
public sealed record DeclineContact(UserId User);

/// <summary><c>contact.remove</c>: takes somebody out of the contacts, or the own request back. He is told, and is without the contact too.</summary>
/// <param name="User">Whom.</param>
public sealed record RemoveContact(UserId User);

/// <summary><c>contact.list</c>: asks for contacts and requests, in the order of their ids.</summary>
/// <param name="Since">The <c>since</c> of an answer to <c>session.open</c> or <c>inbox.changes</c>: only what changed after it, also what ended. Without it, all there are.</param>
/// <param name="Next">From the page before, asked with the same <paramref name="Since"/>.</param>
/// <param name="Limit">1 to 500; 100 when absent.</param>
/// <param name="Profiles">True for the profiles of contacts too: with <paramref name="Since"/> of those whose profile changed after it, else of all.</param>
public sealed record ListContacts(
    string? Since = null, string? Next = null, int? Limit = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Profiles = false)
{
    /// <summary>The most contacts of one page.</summary>
    public const int MaxLimit = 500;

    /// <summary>The most contacts of one user, with those he has asked.</summary>
    public const int MaxContacts = 5_000;

    /// <summary>The most requests that wait for one user.</summary>
    public const int MaxIncoming = 1_000;
}

/// <summary>A page of contacts.</summary>
/// <param name="Contacts">At most 128 KiB, with the profiles.</param>
/// <param name="Next">Asks for the next page; null at the end.</param>
/// <param name="Profiles">How contacts look now, in the order of their ids, also of those who are not among <paramref name="Contacts"/>; null for none.</param>
public sealed record ContactsPage(IReadOnlyList<Contact> Contacts, string? Next = null, IReadOnlyList<UserProfile>? Profiles = null);
