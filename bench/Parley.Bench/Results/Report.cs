using System.Globalization;
using System.Text;

namespace Parley.Bench;

/// <summary>Results for people: the table a run prints and docs/performance.md are the same.</summary>
internal static class Report
{
    private const string Chat = """
        | system | pace | msg/s | CPU µs/msg | × Parley | ack p50 ms | ack p99 ms | end to end p50 ms | end to end p99 ms | refused | generator % | foreign % |
        |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
        """;

    private const string Room = """
        | system | deliveries/s | CPU µs/delivery | × Parley | ack p50 ms | ack p99 ms | end to end p50 ms | end to end p99 ms | generator % | foreign % |
        |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
        """;

    private const string CatchUp = """
        | system | devices | entries/s | CPU µs/entry | seconds | foreign % |
        |---|---:|---:|---:|---:|---:|---:|
        """;

    private const string Growth = """
        | system | what | CPU µs each | CPU ms/request | foreign % |
        |---|---|---:|---:|---:|
        """;

    private const string Presence = """
        | system | what | signals/s | CPU µs/signal | CPU µs/change | ack p50 ms | ack p99 ms | end to end p50 ms | end to end p99 ms | KB/connection | KB written | generator % | foreign % |
        |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
        """;

    private const string Crowded = """
        | system | what | connections | each/s | CPU µs each | ack p50 ms | ack p99 ms | end to end p50 ms | end to end p99 ms | refused | s to the last | s until all know | KB/connection | MB | peak MB | generator % | foreign % |
        |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
        """;

    private const string Files = """
        | system | what | MiB/s | × Parley | CPU µs/MiB | × Parley | file p50 ms | file p99 ms | generator % | foreign % |
        |---|---|---:|---:|---:|---:|---:|---:|---:|---:|
        """;

    private const string Away = """
        | system | what | conversations | entries/s | device's CPU µs/entry | server's CPU µs/entry | seconds | MB | peak MB | foreign % |
        |---|---|---:|---:|---:|---:|---:|---:|---:|---:|
        """;

    private const string Idle = """
        | system | connections | KB/connection | × Parley | CPU µs to connect | idle CPU % | foreign % |
        |---|---:|---:|---:|---:|---:|
        """;

    public static string Tables(IReadOnlyCollection<Result> results)
    {
        var (text, full) = (new StringBuilder(), results.Count == 0 ? "" : results.First().Commit);
        Table(text, full, "W1: chat one to one", Chat, results.Where(result => result.Workload is "W1" or "W1r"), result =>
        [
            result.System, result.Workload == "W1r" ? $"{result.Mode}, with receipts" : result.Mode, Whole(result.PerSecond), Fine(result.CpuMicros), Fine(PeersReport.Ratio(results, result, one => one.CpuMicros)), Fine(result.AckP50Ms), Fine(result.AckP99Ms), Fine(result.E2eP50Ms),
            Fine(result.E2eP99Ms), Whole(result.Refused), Fine(result.GeneratorCpuPercent), Fine(result.ForeignCpuPercent),
        ]);
        Table(text, full, "W2: a group of 500", Room, results.Where(result => result.Workload == "W2"), result =>
        [
            result.System, Whole(result.PerSecond), Fine(result.CpuMicros), Fine(PeersReport.Ratio(results, result, one => one.CpuMicros)), Fine(result.AckP50Ms), Fine(result.AckP99Ms), Fine(result.E2eP50Ms),
            Fine(result.E2eP99Ms), Fine(result.GeneratorCpuPercent), Fine(result.ForeignCpuPercent),
        ]);
        Table(text, full, "W3: idle connections", Idle, results.Where(result => result.Workload == "W3"), result =>
        [
            result.System, Whole(result.Connections), Fine(result.RssKbPerConnection), Fine(PeersReport.Ratio(results, result, one => one.RssKbPerConnection)), Fine(result.ConnectCpuMicros), Fine(result.IdleCpuPercent),
            Fine(result.ForeignCpuPercent),
        ]);
        Table(text, full, "W4: everybody comes back", CatchUp, results.Where(result => result.Workload == "W4"), result =>
        [
            result.System, Whole(result.Connections), Whole(result.PerSecond), Fine(result.CpuMicros), Fine(result.Seconds), Fine(result.ForeignCpuPercent),
        ]);
        Table(text, full, "W5: growth", Growth, results.Where(result => result.Workload == "W5"), result =>
        [
            result.System, result.Mode, Fine(result.CpuMicros), Finest(result.CpuMillis), Fine(result.ForeignCpuPercent),
        ]);
        Table(text, full, "W7: presence of 10,000", Presence, results.Where(result => result.Workload == "W7"), result =>
        [
            result.System, result.Mode, Whole(result.PerSecond), Fine(result.CpuMicros), Fine(result.ChangeCpuMicros), Fine(result.AckP50Ms), Fine(result.AckP99Ms), Fine(result.E2eP50Ms),
            Fine(result.E2eP99Ms), Fine(result.RssKbPerConnection), Whole(result.WrittenKb), Fine(result.GeneratorCpuPercent), Fine(result.ForeignCpuPercent),
        ]);
        Table(text, full, "W8: a crowded room", Crowded, results.Where(result => result.Workload == "W8"), result =>
        [
            result.System, result.Mode, Whole(result.Connections), Whole(result.PerSecond), Fine(result.CpuMicros), Fine(result.AckP50Ms), Fine(result.AckP99Ms), Fine(result.E2eP50Ms),
            Fine(result.E2eP99Ms), Whole(result.Refused), Fine(result.Seconds), Fine(result.SignalSeconds), Fine(result.RssKbPerConnection), Whole(result.ResidentMb), Whole(result.PeakResidentMb),
            Fine(result.GeneratorCpuPercent), Fine(result.ForeignCpuPercent),
        ]);
        Table(text, full, "W9: uploads", Files, results.Where(result => result.Workload == "W9"), result =>
        [
            result.System, result.Mode, Whole(result.PerSecond), Fine(PeersReport.Ratio(results, result, one => one.PerSecond)), Fine(result.CpuMicros), Fine(PeersReport.Ratio(results, result, one => one.CpuMicros)),
            Fine(result.AckP50Ms), Fine(result.AckP99Ms), Fine(result.GeneratorCpuPercent), Fine(result.ForeignCpuPercent),
        ]);
        Table(text, full, "W10: a device after a day", Away, results.Where(result => result.Workload == "W10"), result =>
        [
            result.System, result.Mode, Whole(result.Connections), Whole(result.PerSecond), Fine(result.DeviceCpuMicros), Fine(result.CpuMicros), Fine(result.Seconds), Whole(result.ResidentMb),
            Whole(result.PeakResidentMb), Fine(result.ForeignCpuPercent),
        ]);
        text.Append(PeersReport.Table(results));
        return text.ToString();
    }

    public static string Page(IReadOnlyCollection<Result> results)
    {
        var first = results.First();
        return $"""
            # Performance

            The last full run, from [performance.jsonl](performance.jsonl), and what was measured anew by itself since (`./bench.sh W8 --record`), which says so. Both files are made by `./bench.sh`; this one is not edited.

            {Tables(results)}
            Measured {first.At} at commit {first.Commit} with {first.Versions}. Everything was on: authentication, permissions, metrics, and the limiters,
            with the values of `bench/limits.json`: `{first.Limits}`. {PeersReport.Note(results)}

            ## What the figures are

            - The server and its database share core 0, the generator has core 1; loopback, no TLS, no compression. SQLite runs with `synchronous=FULL`,
              PostgreSQL as it ships, with `synchronous_commit=on`.
            - **CPU µs/msg** is user and system time of the server's process tree and its database's, divided by delivered messages. It and the ratios of
              one run are what counts; messages per second drift with the machine by a factor of two.
            - Windows of 2.5 s after 10 s of warm-up; each figure is the median of the three windows, of up to seven, in which other processes took least.
              **foreign %** is the share of a core they still took, **generator %** the share the generator took.
            - **W1** is 100 pairs on 200 connections: in each pair one sends texts of 200 bytes and the other receives. A message is out of the way when it was
              acknowledged, which means that it is durable, and delivered. *Saturated* keeps 8 of them under way per sender; at *10,000/s* they are due at fixed times
              whatever happens to the ones before, and latency counts from the moment a message was due. *Refused* are messages that the
              server refused for the moment, and at the fixed rate those that were left out because 128 of their pair waited already. No receipts.
            - **W1r**, *with receipts*, is W1 saturated with receivers that say what was delivered, as the SDKs do: the newest sequence, four times a second. The server
              records it and tells the senders.
            - **W2** is a group of 500 members online besides the sender, who has 8 messages under way; one is out of the way when it was acknowledged and all 500 copies arrived.
            - **W3** is authenticated connections of as many users that do nothing; memory is the growth of the server's resident set.
            - **W4** is 1,000 devices that reconnect at once, each having missed 10 entries in each of 10 groups. The time goes from the first connection that was taken
              to the last entry; the CPU is all that the server used for it, taking the connections and opening the sessions among it.
            - **W5** is one conversation that grows, sent to by one with 64 under way and paged back through from places all over it, 100 entries a page (*each* is
              a message, or an entry read); and one user's inbox that grows: its first page of 50, the changes `since` when nothing changed, and the total of what
              is unread.
            - **W7** is 10,000 users online, each followed by 100 others, of whom 100 a second change. With *statuses* each says something else of himself by
              `presence.set`, and there is a result only if each of his followers was told of it once and, on SQLite, nothing was written to the disk meanwhile; with *coming and going*
              50 a second lose their connections, and 50 who did come back: their handshakes and sessions are in the figure. A signal is one follower told; end to end goes from the
              request to each of them. *KB/connection* is the growth of the server's resident set, subscriptions and all; *KB written* is what the server and its database had
              written in the meantime: when people were seen last, and on PostgreSQL whatever the database still had to write of the time before.
            - **W8** is a room. *Joining at once*: 10,000 and one who are connected ask to come in, all in the same moment, and ask again when they are told to wait (*refused*). *Each* is one of
              them, all that the room's signals cost included; *s to the last* is until the last was answered, *s until all know* until everybody was told, by a signal or his own answer, that all are
              there. *20 messages/s*: then one of them, who does not look after the room, sends texts of 200 bytes, as many as a room takes, at fixed times whatever happens to the ones before. *Each* is
              one delivery; *refused* are messages for which the room had no room. There is a result only if everybody received every message that was taken, in order and once. Memory is the
              server's: the growth per connection since before they connected, its resident set afterwards, and the most it had been by then.
            - **W9** is files of 16 MiB, each different, uploaded with `PUT`: one after the other on one connection, or four at a time. A file is done when it is durable: Parley says so; after nginx, which
              leaves that to the system, the generator syncs the file and its folder within the same time. Parley looks at what the file is, hashes it and writes its row besides.
            - **W10** is one program with the .NET SDK, on the generator's core. *After a day, with a store*: it knew its conversations, was ended, and is started again 24 hours later by its own clock, when each has 34
              messages more. *A new device, without*: it has no store, and is told all there is. The time goes from asking to connect to the last entry, the device's CPU from the start of its program. There is a result only if
              every entry was told once and in order. *MB* is the most memory that it has when nothing was missed, *peak MB* the most of the run.

            """;
    }

    /// <param name="text">Where it goes.</param>
    /// <param name="full">The commit of the full run.</param>
    /// <param name="title">Above it.</param>
    /// <param name="head">Its first lines.</param>
    /// <param name="results">Its rows.</param>
    /// <param name="cells">Of a row.</param>
    private static void Table(StringBuilder text, string full, string title, string head, IEnumerable<Result> results, Func<Result, string[]> cells)
    {
        var those = results.ToList();
        var rows = those.Select(cells).ToList();
        if (rows.Count == 0) return;
        text.Append("## ").AppendLine(title).AppendLine();
        if (those[0].Commit != full) text.AppendLine(CultureInfo.InvariantCulture, $"Measured by itself {those[0].At} at commit {those[0].Commit}.").AppendLine();
        text.AppendLine(head);
        foreach (var row in rows) text.Append("| ").AppendJoin(" | ", row).AppendLine(" |");
        text.AppendLine();
    }

    private static string Whole(double? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    private static string Finest(double? value) => value?.ToString("0.0##", CultureInfo.InvariantCulture) ?? "";

    private static string Fine(double? value) => value?.ToString(value >= 100 ? "N0" : "0.0#", CultureInfo.InvariantCulture) ?? "";
}
