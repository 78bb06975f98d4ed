using Parley.Identity;
using Parley.People;
using Parley.Storage;

namespace Parley.Messages;

/// <summary>Who is meant by the recipients of a message to several. In the order given.</summary>
internal sealed class Recipients
{
    private readonly (MessageRecipient Given, UserId? User, Refusal? Refusal)[] _all;

    private Recipients((MessageRecipient, UserId?, Refusal?)[] all) => _all = all;

    /// <summary>Those who are meant, each once, but for whom nobody is to write to.</summary>
    public IReadOnlyList<UserId> Meant => [.. _all.Where(one => one.Refusal is null).Select(one => one.User!.Value).Distinct()];

    /// <summary>What is wrong with them as a whole; null when nothing is. Pure.</summary>
    public static Refusal? Check(IReadOnlyList<MessageRecipient> recipients)
    {
        if (recipients.Count == 0) return Refusals.InvalidParams.Because("$.recipients: expected 1 recipient or more");
        if (recipients.Count > SendToMany.MaxRecipients) return Refusals.TooLarge.Because($"$.recipients: at most {SendToMany.MaxRecipients}");
        for (var index = 0; index < recipients.Count; index++)
        {
            var (user, email, phone) = recipients[index];
            if ((user is null ? 0 : 1) + (email is null ? 0 : 1) + (phone is null ? 0 : 1) != 1)
                return Refusals.InvalidParams.Because($"$.recipients[{index}]: give one of user, email and phone");
        }

        return null;
    }

    /// <summary>Finds who they are, in two statements however many there are.</summary>
    public static async Task<Recipients> FindAsync(PeopleReader people, AppOptions app, UserKey sender, IReadOnlyList<MessageRecipient> given, CancellationToken cancel)
    {
        var emails = given.Select(one => one.Email is { } email ? AliasRules.EmailKey(email) : null).ToArray();
        var phones = given.Select(one => one.Phone is { } phone ? AliasRules.Phone(phone, app.DefaultCountry) : null).ToArray();
        var rows = app.FindByAlias ? await people.FindByAliasesAsync(sender.App, [.. emails.OfType<string>().Distinct()], [.. phones.OfType<string>().Distinct()], cancel) : [];
        var byEmail = rows.Where(row => row.Email is not null).DistinctBy(row => row.User).ToDictionary(row => AliasRules.EmailKey(row.Email!)!, row => row.User, StringComparer.Ordinal);
        var byPhone = rows.Where(row => row.Phone is not null).DistinctBy(row => row.User).ToDictionary(row => row.Phone!, row => row.User, StringComparer.Ordinal);
        var users = new UserId?[given.Count];
        for (var index = 0; index < users.Length; index++)
        {
            users[index] = given[index].User
                ?? (emails[index] is { } email && byEmail.TryGetValue(email, out var withEmail) ? withEmail
                    : phones[index] is { } phone && byPhone.TryGetValue(phone, out var withPhone) ? withPhone : null);
        }

        var incapable = (await people.FindAsync(sender.App, [.. users.OfType<UserId>().Distinct()], cancel)).Where(row => !row.HasMessaging).Select(row => row.User).ToHashSet();
        return new Recipients([.. given.Select((one, index) => (one, users[index], RefusalOf(one, users[index], emails[index], phones[index])))]);

        Refusal? RefusalOf(MessageRecipient one, UserId? user, string? email, string? phone) => user switch
        {
            null when one.Email is not null && email is null => Refusals.InvalidParams.Because("expected an e-mail address"),
            null when one.Phone is not null && phone is null => Refusals.InvalidParams.Because("expected a telephone number, with + or of the app's default country"),
            null => Refusals.NotFound,
            { } self when self == sender.User => Refusals.InvalidParams.Because("a message to several is for others"),
            { } other => incapable.Contains(other) ? Person.PeerNotCapable : null,
        };
    }

    /// <summary>The answer, once it is known what became of each who is meant.</summary>
    public SentToMany Answer(IReadOnlyDictionary<UserId, SendOutcome> outcomes) => new([.. _all.Select(one => Of(one.Given, one.User, one.Refusal is { } refusal ? new SendOutcome(refusal) : outcomes[one.User!.Value]))]);

    private static RecipientOutcome Of(MessageRecipient given, UserId? user, SendOutcome outcome) => outcome.Refusal is { } refusal
        ? new RecipientOutcome(given, user, Refusal: new RecipientRefusal(refusal.Code, refusal.Detail, (long?)refusal.RetryAfter?.TotalMilliseconds))
        : new RecipientOutcome(given, user, outcome.Entry!.Key.Conversation, outcome.Entry.Sequence, outcome.Entry.At);
}
