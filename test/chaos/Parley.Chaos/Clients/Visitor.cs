using System.Net;
using System.Text.Json;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Somebody's new device, for one question at a time: makes conversations, reads them from their beginning.</summary>
internal sealed class Visitor(EndPoint server, Tokens tokens)
{
    private const int Buffer = 256 * 1024;
    private const int Patience = 10_000;
    private const int Attempts = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Makes a conversation; the first of its members does it, again when a server that has just started is late with its first writes.</summary>
    public ConversationId Make(ConversationKind kind, IReadOnlyList<UserId> members)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return Create(kind, members);
            }
            catch (BenchException refused) when (attempt < Attempts && refused.Message.Contains($"\"{Refusals.Overloaded.Code}\"", StringComparison.Ordinal))
            {
                Thread.Sleep(Pause);
            }
        }
    }

    /// <summary>Makes a conversation; the first of its members does it.</summary>
    public ConversationId Create(ConversationKind kind, IReadOnlyList<UserId> members)
    {
        using var connection = Open(members[0]);
        connection.Request(2, Methods.CreateConversation, new CreateConversation(ConversationId.New(), kind, [.. members.Skip(1)]), ProtocolJson.Lenient.CreateConversation);
        return new ConversationId(connection.Answer(2).GetProperty("conversation").GetProperty("conversation").GetGuid());
    }

    /// <summary>Whether something new can be recorded: makes a conversation that nobody uses.</summary>
    public bool CanRecord()
    {
        try
        {
            Create(ConversationKind.Group, [new UserId("passer-by")]);
            return true;
        }
        catch (BenchException)
        {
            return false;
        }
    }

    public List<Entry> ReadAll(ConversationId conversation, UserId reader)
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

    public List<CursorSeen> ReadCursors(ConversationId conversation, UserId reader)
    {
        using var connection = Open(reader);
        connection.Request(2, Methods.GetConversation, new GetConversation(conversation), ProtocolJson.Lenient.GetConversation);
        return
        [
            .. from participant in connection.Answer(2).GetProperty("participants").EnumerateArray()
               let user = new UserId(participant.GetProperty("user").GetString()!)
               select Gathering.ReadCursors(CursorSource.Kept, observer: null, conversation, user, participant),
        ];
    }

    /// <remarks>Whoever asks often is told to come back later, as every client is.</remarks>
    private RawConnection Open(UserId user)
    {
        for (var attempt = 1; ; attempt++)
        {
            var connection = new RawConnection(server, Buffer, LoopbackAddresses.For(server));
            try
            {
                connection.Socket.ReceiveTimeout = Patience;
                connection.FinishUpgrade();
                connection.Request(1, Methods.OpenSession, new OpenSession(tokens.For(user.Value), DeviceId.New()), ProtocolJson.Lenient.OpenSession);
                connection.Answer(1);
                return connection;
            }
            catch (BenchException refused) when (attempt < Attempts && refused.Message.Contains(" 503 ", StringComparison.Ordinal))
            {
                connection.Dispose();
                Thread.Sleep(Pause);
            }
        }
    }
}
