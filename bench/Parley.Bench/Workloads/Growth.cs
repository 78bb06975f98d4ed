using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Bench;

/// <summary>W5: what grows must not cost more: sending to and paging back in long conversations, and the inboxes of people who are in many.</summary>
/// <param name="What">What was done.</param>
/// <param name="Size">Entries of the conversation, or conversations of the inbox.</param>
/// <param name="Cpu">Used by the server and its database for all of it.</param>
/// <param name="Count">How often it was done: messages, entries or requests.</param>
/// <param name="ForeignPercent">Share of a core that others took meanwhile.</param>
/// <param name="IsRequest">Whether it was counted by requests, not by messages or entries.</param>
internal sealed record Growth(string What, int Size, TimeSpan Cpu, long Count, double ForeignPercent, bool IsRequest)
{
    private const int Buffer = 256 * 1024;
    private const int Outstanding = 64;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(2);

    /// <summary>As results call it.</summary>
    public string Mode => string.Create(CultureInfo.InvariantCulture, $"{What} at {Size:N0}");

    public double Micros => Cpu.TotalMicroseconds / Count;

    /// <summary>Grows one conversation and one inbox from size to size, and measures at each.</summary>
    public static async Task<IReadOnlyList<Growth>> MeasureAsync(LoadedServer server, CancellationToken cancel) =>
        [.. await OfLogAsync(server, cancel), .. OfInbox(server)];

    private static async Task<List<Growth>> OfLogAsync(LoadedServer server, CancellationToken cancel)
    {
        using (var beside = Room.Open(server, "w5-warm", receivers: 1, Outstanding))
        {
            // A server that is not warm yet would make the first size, which is small, look dear.
            await beside.MeasureAsync(server with { Plan = server.Plan with { Windows = 0 } }, cancel);
            PageBack(server, beside, 1_000);
        }

        var found = new List<Growth>();
        using var room = Room.Open(server, "w5", receivers: 1, Outstanding);
        foreach (var size in server.Plan.LongLogs)
        {
            await room.FillAsync(size, cancel);
            found.Add(PageBack(server, room, size));
            found.Add(await SendAsync(server, room, size, cancel));
        }

        return found;
    }

    private static async Task<Growth> SendAsync(LoadedServer server, Room room, int size, CancellationToken cancel)
    {
        var plan = server.Plan with { WarmUp = TimeSpan.FromSeconds(1), Windows = Plan.Counted };
        var window = (await room.MeasureAsync(server with { Plan = plan }, cancel)).OrderBy(window => window.MicrosPerMessage).ElementAt(Plan.Counted / 2);
        return new Growth("sending", size, window.ServerCpu, window.Traffic.Delivered, window.ForeignPercent, IsRequest: false);
    }

    /// <summary>Reads pages from places all over the log.</summary>
    private static Growth PageBack(LoadedServer server, Room room, int size)
    {
        const int Places = 97;
        using var reader = server.OpenQuietly(room.Member, Buffer, out _);
        return Measured(server, "paging back", size, number =>
        {
            var read = new ReadEntries(room.Conversation, Before: new Sequence(1 + (long)size * (1 + number % Places) / Places));
            return reader.Ask(Methods.ReadEntries, read, ProtocolJson.Lenient.ReadEntries).GetProperty("entries").GetArrayLength();
        }, isRequest: false);
    }

    private static List<Growth> OfInbox(LoadedServer server)
    {
        var found = new List<Growth>();
        var run = Guid.NewGuid().ToString("N")[..8];
        var reader = $"w5-{run}-reader";
        using var writer = server.OpenQuietly($"w5-{run}-writer", Buffer, out _);
        using var asker = server.OpenQuietly(reader, Buffer, out var opened);
        var since = opened.GetProperty("changes").GetProperty("since").GetString()!;
        var conversations = 0;
        foreach (var size in server.Plan.LongInboxes)
        {
            for (; conversations < size; conversations++) Talk(writer, asker, reader, conversations);
            since = ReadChanges(asker, since);
            found.Add(Measured(server, "inbox page", size, _ => Asked(Methods.ListInbox, new ListInbox(), ProtocolJson.Lenient.ListInbox), isRequest: true));
            found.Add(Measured(server, "since", size, _ => Asked(Methods.ReadChanges, new ReadChanges(since), ProtocolJson.Lenient.ReadChanges), isRequest: true));
            found.Add(Measured(server, "total unread", size, _ => Asked(Methods.CountUnread, new CountUnread(), ProtocolJson.Lenient.CountUnread), isRequest: true));
        }

        return found;

        int Asked<T>(string method, T parameters, JsonTypeInfo<T> type)
        {
            asker.Ask(method, parameters, type);
            return 1;
        }
    }

    /// <summary>Makes a group of the two and says something in it, which is read but for one time in twenty.</summary>
    private static void Talk(RawConnection writer, RawConnection asker, string reader, int number)
    {
        const int Unread = 20;
        var create = new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId(reader)]);
        writer.Ask(Methods.CreateConversation, create, ProtocolJson.Lenient.CreateConversation);
        var send = new SendMessage(create.Conversation, MessageId.New(), MessageContent.OfText($"Number {number}"));
        var sequence = writer.Ask(Methods.SendMessage, send, ProtocolJson.Lenient.SendMessage).GetProperty("sequence").GetInt64();
        if (number % Unread != 0) asker.Ask(Methods.MarkRead, new MarkRead(create.Conversation, new Sequence(sequence)), ProtocolJson.Lenient.MarkRead);
    }

    /// <summary>Reads all changes, and returns the token to ask on with.</summary>
    private static string ReadChanges(RawConnection asker, string since)
    {
        while (true)
        {
            var page = asker.Ask(Methods.ReadChanges, new ReadChanges(since), ProtocolJson.Lenient.ReadChanges);
            since = page.GetProperty("since").GetString()!;
            if (!page.GetProperty("more").GetBoolean()) return since;
        }
    }

    /// <summary>Does it for a while, one at a time, after doing it a little.</summary>
    /// <param name="server">Whose CPU counts.</param>
    /// <param name="what">What is done.</param>
    /// <param name="size">With how much.</param>
    /// <param name="once">Does it; is told the number of the time, and says how much it was.</param>
    /// <param name="isRequest">Whether that is always one.</param>
    private static Growth Measured(LoadedServer server, string what, int size, Func<int, int> once, bool isRequest)
    {
        const int WarmUp = 100;
        var number = 0;
        while (number < WarmUp) once(number++);
        var (cpu, own, all) = (ProcessTree.Cpu(server.Processes), Environment.CpuUsage.TotalTime, LoadedServer.BusyCores());
        var started = Stopwatch.GetTimestamp();
        long count = 0;
        while (Stopwatch.GetElapsedTime(started) < Long) count += once(number++);
        var took = Stopwatch.GetElapsedTime(started);
        var used = ProcessTree.Cpu(server.Processes) - cpu;
        var foreign = LoadedServer.BusyCores() - all - used - (Environment.CpuUsage.TotalTime - own);
        return new Growth(what, size, used, count, Math.Max(0, 100 * (foreign / took)), isRequest);
    }
}
