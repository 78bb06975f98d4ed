using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Hands changes of conversations to the log: each under its command's id, with a digest of what it says.</summary>
internal sealed class ConversationCommands(ConversationLog log, RequestDigest digest)
{
    /// <summary>A change that is about users beside who asks for it; refused unless it names 1 to 100.</summary>
    public void Record(
        Caller caller, ConversationId conversation, CommandId command, string method, IReadOnlyList<UserId> users, Func<Conversation, DateTimeOffset, Outcome<Decision>> rule,
        Origin origin, string? more = null)
    {
        if (Check(users.Count, "$.users") is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var bytes = users.Sum(user => user.Value.Length);
        // What is said of the users comes behind an empty text, which is no id.
        var named = more is null ? digest.Of(method, users) : digest.Of(method, [.. users.Distinct().Order().Select(user => user.Value), "", more]);
        Record(caller, conversation, command, named, new Needed([caller.User, .. users]), bytes, rule, origin);
    }

    /// <summary>Any other change.</summary>
    public void Record(
        Caller caller, ConversationId conversation, CommandId command, byte[] named, Needed needed, int bytes, Func<Conversation, DateTimeOffset, Outcome<Decision>> rule, Origin origin) =>
        log.Record(new ChangeAppend(new ConversationKey(caller.App, conversation), command, caller.User, named, needed, bytes, rule, origin));

    /// <summary>A digest of a request's values, in an order that belongs to the method for ever.</summary>
    public byte[] Name(string method, params IEnumerable<string?> values) => digest.Of(method, values);

    /// <summary>Null when a request names at least one user and not too many.</summary>
    public static Refusal? Check(int users, string path) => users switch
    {
        0 => Refusals.InvalidParams.Because($"{path}: expected 1 user or more"),
        > AddParticipants.MaxUsers => Refusals.TooLarge.Because($"{path}: at most {AddParticipants.MaxUsers}"),
        _ => null,
    };
}
