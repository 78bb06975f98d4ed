using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parley.Bench;

/// <summary>XMPP over TCP: registration in band, SASL PLAIN, and messages to bare addresses.</summary>
internal sealed class XmppDialect(EndPoint server, bool archives) : Dialect
{
    public override void Introduce(IReadOnlyList<string> users)
    {
        foreach (var user in users)
        {
            using var visitor = new XmppSession(server, buffer: 4096);
            visitor.Register(user);
        }
    }

    public override IEnumerable<Line> Open(IEnumerable<string> users, int buffer)
    {
        foreach (var user in users)
        {
            var session = new XmppSession(server, buffer);
            session.LogIn(user);
            yield return new XmppLine(session);
        }
    }

    /// <summary>A room of XEP-0045, in which all are.</summary>
    public override void Gather(IReadOnlyList<Line> lines, IReadOnlyList<string> users)
    {
        var room = $"{users[0]}@rooms.{XmppSession.Domain}";
        foreach (var (line, user) in lines.Zip(users)) ((XmppLine)line).Session.Join(room, user);
        ((XmppLine)lines[0]).TalkInRoom(room);
    }

    /// <summary>Asks the room's archive, or each sender's own.</summary>
    public override long? CountStored(IReadOnlyList<Line> senders) => archives ? senders.Sum(line => ((XmppLine)line).CountArchived()) : null;
}

/// <summary>An XMPP stream, asked one thing after the other.</summary>
internal sealed class XmppSession(EndPoint server, int buffer) : IDisposable
{
    public const string Domain = "localhost";
    private const string Password = "secret";
    private static readonly string[] Refusals = ["<stream:error", "<failure", "<failed", "type='error'", "type=\"error\""];

    public ByteStream Stream { get; } = new(server, buffer);

    /// <summary>Makes an account (XEP-0077).</summary>
    public void Register(string user)
    {
        Open();
        Ask($"<iq type='set' id='reg'><query xmlns='jabber:iq:register'><username>{user}</username><password>{Password}</password></query></iq>", "<iq", "</iq>");
    }

    /// <summary>Logs in, and is available from then on.</summary>
    public void LogIn(string user)
    {
        Open();
        var secret = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{Password}"));
        Ask($"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>", "<success", "</success>");
        Open();
        Ask("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "<iq", "</iq>");

        // An answer says that the presence before it was taken.
        Stream.Write("<presence/>");
        Ask($"<iq type='get' id='here' to='{Domain}'><ping xmlns='urn:xmpp:ping'/></iq>", "<iq", "</iq>");
    }

    /// <summary>Has the server count what it was sent and say so when asked (XEP-0198).</summary>
    public void CountStanzas() => Ask("<enable xmlns='urn:xmpp:sm:3'/>", "<enabled", "</enabled>");

    /// <summary>Enters a room, without its history.</summary>
    public void Join(string room, string nick) =>
        Ask($"<presence to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>", "<status code='110'", "/>");

    /// <summary>How many messages the user's archive holds (XEP-0313), or that of a room he is in.</summary>
    public long CountArchived(string? room)
    {
        var to = room is null ? "" : $" to='{room}'";
        var answer = Ask(
            $"<iq type='set' id='count'{to}><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>0</max></set></query></iq>", "<iq", "</iq>");
        var count = answer.Split("<count>").ElementAtOrDefault(1)?.Split('<')[0];
        return long.TryParse(count, out var stored) ? stored : throw new BenchException($"No archive: {answer}");
    }

    public void Dispose() => Stream.Dispose();

    private void Open() =>
        Ask($"<?xml version='1.0'?><stream:stream to='{Domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", "<stream:features", "</stream:features>");

    /// <summary>Sends a question and waits for an element that begins and ends so, or is empty.</summary>
    private string Ask(string question, string begin, string end)
    {
        Stream.Write(question);
        Stream.Send();
        while (true)
        {
            var answer = Encoding.UTF8.GetString(Stream.Unread);
            if (Refusals.Any(refusal => answer.Contains(refusal, StringComparison.Ordinal))) throw new BenchException($"The server refused {question}: {answer}");
            var at = answer.IndexOf(begin, StringComparison.Ordinal);
            var opened = at < 0 ? -1 : answer.IndexOf('>', at);
            if (opened > 0 && (answer[opened - 1] == '/' || answer.IndexOf(end, opened, StringComparison.Ordinal) > 0))
            {
                Stream.Take(Stream.Unread.Length);
                return answer;
            }

            try
            {
                Stream.Fill();
            }
            catch (SocketException)
            {
                throw new BenchException($"The server does not answer {question}, after {answer}");
            }
        }
    }
}
