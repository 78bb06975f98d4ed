using System.Net;
using System.Text.Json;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Fifty users: each in a direct conversation with his neighbour and in a group of five.</summary>
internal sealed class Town(EndPoint server, Tokens tokens) : IDisposable
{
    public const int Users = 50;
    private const int GroupSize = 5;
    private const int Buffer = 256 * 1024;

    private readonly List<(ConversationId Conversation, IReadOnlyList<UserId> Members)> _conversations = [];

    public IReadOnlyList<ChaosClient> Clients { get; private set; } = [];

    /// <summary>Makes the conversations; nobody is connected yet.</summary>
    public void Build()
    {
        var users = Enumerable.Range(0, Users).Select(i => new UserId($"user-{i:00}")).ToList();
        foreach (var pair in users.Chunk(2)) Create(ConversationKind.Direct, pair);
        foreach (var group in users.Chunk(GroupSize)) Create(ConversationKind.Group, group);
        Clients =
        [
            .. from user in users
               select new ChaosClient(user, tokens, server, [.. _conversations.Where(one => one.Members.Contains(user)).Select(one => one.Conversation)]),
        ];
    }

    /// <summary>Reads every conversation from its beginning, as a newcomer's device does.</summary>
    public Dictionary<ConversationId, IReadOnlyList<Entry>> ReadAll() =>
        _conversations.ToDictionary(one => one.Conversation, one => (IReadOnlyList<Entry>)ReadAll(one.Conversation, one.Members[^1]));

    public void Dispose()
    {
        foreach (var client in Clients) client.Dispose();
    }

    private void Create(ConversationKind kind, UserId[] members)
    {
        using var connection = Open(members[0]);
        connection.Request(2, Methods.CreateConversation, new CreateConversation(ConversationId.New(), kind, members[1..]), ProtocolJson.Lenient.CreateConversation);
        var created = connection.Answer(2).GetProperty("conversation").GetProperty("conversation").GetGuid();
        _conversations.Add((new ConversationId(created), members));
    }

    private List<Entry> ReadAll(ConversationId conversation, UserId reader)
    {
        using var connection = Open(reader);
        var entries = new List<Entry>();
        for (var (request, more) = (2, true); more; request++)
        {
            var read = new ReadEntries(conversation, After: new Sequence(entries.Count > 0 ? entries[^1].Sequence : 0));
            connection.Request(request, Methods.ReadEntries, read, ProtocolJson.Lenient.ReadEntries);
            var page = connection.Answer(request);
            foreach (JsonElement entry in page.GetProperty("entries").EnumerateArray()) entries.Add(Gathering.Read(entry));
            more = page.GetProperty("more").GetBoolean();
        }

        return entries;
    }

    private RawConnection Open(UserId user)
    {
        var connection = new RawConnection(server, Buffer);
        connection.Socket.ReceiveTimeout = 10_000;
        connection.FinishUpgrade();
        connection.Request(1, Methods.OpenSession, new OpenSession(tokens.For(user.Value), DeviceId.New()), ProtocolJson.Lenient.OpenSession);
        connection.Answer(1);
        return connection;
    }
}
