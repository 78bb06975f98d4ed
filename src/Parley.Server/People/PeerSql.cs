using Parley.Storage;

namespace Parley.People;

/// <summary>What the other one of a direct conversation is to a participant, as a part of a statement: <c>p</c> is his participation, <c>c</c> the conversation.</summary>
internal static class PeerSql
{
    private const int Blocks = 1;
    private const int NoContact = 2;
    private const int NoMessaging = 3;

    /// <summary>Read by <see cref="Read"/>.</summary>
    public static Sql Column => Sql.From($"""
        case when c.kind = {(int)ConversationKind.Direct} then (
            select case
                when exists (select 1 from blocks b where b.app = o.app and b.user_id = o.user_id and b.blocked = p.user_id) then {Blocks}
                when exists (select 1 from users w where w.app = o.app and w.user_id = o.user_id and w.no_messaging = 1) then {NoMessaging}
                when exists (select 1 from contacts k where k.app = o.app and k.user_id = p.user_id and k.contact = o.user_id
                    and k.state = {(int)ContactState.Accepted}) then 0
                else {NoContact} end
            from participations o
            where o.app = p.app and o.conversation = p.conversation and o.user_id <> p.user_id) end
        """);

    /// <param name="value">What stands in the column; null outside direct conversations.</param>
    /// <param name="whoMayMessage">Whom the app lets write to each other.</param>
    public static Peer Read(long? value, WhoMayMessage whoMayMessage) => value switch
    {
        Blocks => Peer.Blocks,
        NoMessaging => Peer.Incapable,
        NoContact when whoMayMessage == WhoMayMessage.Contacts => Peer.Stranger,
        _ => Peer.Open,
    };
}

/// <summary>Whom an app lets write to each other directly.</summary>
internal enum WhoMayMessage
{
    /// <summary>Whoever is not blocked.</summary>
    Anybody,

    /// <summary>Those who are in each other's contacts.</summary>
    Contacts,
}
