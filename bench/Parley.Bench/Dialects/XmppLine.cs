using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Parley.Bench;

/// <summary>A user who is available. Whoever talks asks the server after each flush how much it has taken (XEP-0198), which acknowledges all up to there.</summary>
internal sealed class XmppLine(XmppSession session) : Line
{
    private readonly ByteStream _stream = session.Stream;
    private byte[] _before = [];
    private bool _asks;
    private string? _room;
    private uint _acknowledged;

    public XmppSession Session => session;

    public override Socket Socket => _stream.Socket;

    public override void TalkTo(string user, int key)
    {
        session.CountStanzas();
        _asks = true;
        _before = Encoding.ASCII.GetBytes($"<message to='{user}@{XmppSession.Domain}' type='chat' id='");
    }

    /// <summary>From now on this line's messages go to a room it is in; the copy that comes back from there acknowledges.</summary>
    public void TalkInRoom(string room)
    {
        _room = room;
        _before = Encoding.ASCII.GetBytes($"<message to='{room}' type='groupchat' id='");
    }

    /// <summary>How many messages the archive of where it talks holds: the room's, or the user's own.</summary>
    public long CountArchived() => session.CountArchived(_room);

    public override void Add(uint number)
    {
        _stream.Write(_before);
        Utf8Formatter.TryFormat(number, _stream.Room(10), out var digits);
        _stream.Wrote(digits);
        _stream.Write("'><body>"u8);
        MessageText.Write(number, _stream.Room(MessageText.Length));
        _stream.Wrote(MessageText.Length);
        _stream.Write("</body></message>"u8);
    }

    public override void Flush()
    {
        if (_asks) _stream.Write("<r xmlns='urn:xmpp:sm:3'/>"u8);
        _stream.Send();
    }

    public override void Fill() => _stream.Fill();

    public override void Tell(IArrivals arrivals)
    {
        if (_asks) TellAcknowledged(arrivals);
        else TellMessages(arrivals);
    }

    private void TellAcknowledged(IArrivals arrivals)
    {
        while (NextElement("/>"u8, out var element))
        {
            if (!element.StartsWith("<a "u8)) throw new BenchException($"The server says: {Encoding.UTF8.GetString(element)}");
            var at = element.IndexOf(" h="u8) + " h='".Length;
            if (!Utf8Parser.TryParse(element[at..], out uint taken, out _)) throw new BenchException($"Not a count: {Encoding.UTF8.GetString(element)}");

            // It counts stanzas, and nothing but messages was sent since it counts.
            while (_acknowledged < taken) arrivals.Acknowledged(++_acknowledged);
        }
    }

    private void TellMessages(IArrivals arrivals)
    {
        while (NextElement("</message>"u8, out var element))
        {
            var body = element.IndexOf("<body>"u8);
            if (body < 0 && element.IndexOf("<subject"u8) >= 0) continue;   // of the room, once
            if (body < 0 || element.IndexOf("<error"u8) >= 0) throw new BenchException($"The server says: {Encoding.UTF8.GetString(element)}");
            var number = MessageText.NumberOf(element[(body + "<body>".Length)..]);
            if (_room is null) arrivals.Delivered(number);
            else arrivals.Acknowledged(number);
        }
    }

    private bool NextElement(ReadOnlySpan<byte> end, out ReadOnlySpan<byte> element)
    {
        var length = _stream.Unread.IndexOf(end);
        element = length < 0 ? default : _stream.Unread[..(length + end.Length)];
        _stream.Take(element.Length);
        return length >= 0;
    }
}
