namespace Parley.Storage;

/// <summary>An app's number in this database. Part of every key, query and cache key, so that no path can forget it.</summary>
internal readonly record struct AppId(int Number);

/// <summary>A conversation of one app: the same id in another app is another conversation.</summary>
internal readonly record struct ConversationKey(AppId App, ConversationId Conversation)
{
    /// <summary>The number that its entries name it by, as a part of a statement.</summary>
    public Sql Number => Sql.From($"(select number from conversations where app = {App.Number} and conversation = {Conversation.Value})");
}

/// <summary>A user's place in a conversation.</summary>
internal readonly record struct ParticipationKey(ConversationKey Conversation, UserId User);

/// <summary>A user of one app: the same id in another app is another person.</summary>
internal readonly record struct UserKey(AppId App, UserId User);
