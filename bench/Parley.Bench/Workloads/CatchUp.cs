using System.Diagnostics;
using System.Text.Json;

namespace Parley.Bench;

/// <summary>W4: everybody comes back at once, each having missed entries in several conversations.</summary>
/// <param name="Devices">How many came back.</param>
/// <param name="Entries">How many entries they were given in all.</param>
/// <param name="Took">From the first connection that was taken to the last entry.</param>
/// <param name="ServerCpu">Used by the server and its database meanwhile, for taking the connections and opening the sessions too.</param>
/// <param name="ForeignPercent">Share of a core that others took meanwhile.</param>
internal sealed record CatchUp(int Devices, int Entries, TimeSpan Took, TimeSpan ServerCpu, double ForeignPercent)
{
    private const int Buffer = 16 * 1024;
    private const int Conversations = 10;
    private const int Missed = 10;
    private const int TextLength = 200;
    private const int Rounds = 5;
    private const int WarmUpRounds = 2;

    public double MicrosPerEntry => ServerCpu.TotalMicroseconds / Entries;

    /// <summary>Lets them miss something and come back several times; the median of the rounds after the warm-up, by CPU.</summary>
    public static async Task<CatchUp> MeasureAsync(LoadedServer server, CancellationToken cancel)
    {
        var devices = Make(server);
        var rounds = new List<CatchUp>();
        for (var round = 0; round < Rounds; round++)
        {
            Miss(server, devices, round);
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancel);
            var caughtUp = ComeBack(server, devices);
            if (round >= WarmUpRounds) rounds.Add(caughtUp);
        }

        return rounds.OrderBy(round => round.ServerCpu).ElementAt(rounds.Count / 2);
    }

    /// <summary>Users, each with a group of his own and in those of the nine before him.</summary>
    private static List<Device> Make(LoadedServer server)
    {
        var run = Guid.NewGuid().ToString("N")[..8];
        var devices = Enumerable.Range(0, server.Plan.ReturningDevices).Select(i => new Device($"w4-{run}-{i}")).ToList();
        foreach (var (device, connection) in devices.Zip(server.Open(devices.Select(device => device.User), Buffer)))
        {
            var place = devices.IndexOf(device);
            var others = Enumerable.Range(1, Conversations - 1).Select(i => new UserId(devices[(place + i) % devices.Count].User));
            var create = new CreateConversation(device.Own, ConversationKind.Group, [.. others]);
            connection.Ask(Methods.CreateConversation, create, ProtocolJson.Lenient.CreateConversation);
            connection.Dispose();
        }

        ComeBack(server, devices);
        return devices;
    }

    /// <summary>Writes into every group, while nobody receives.</summary>
    private static void Miss(LoadedServer server, List<Device> devices, int round)
    {
        foreach (var some in devices.Index().Chunk(100))
        {
            var writers = some.Select(one => (Connection: server.OpenQuietly(one.Item.User, Buffer, out _), Template: new SendTemplate(one.Item.Own, one.Index, new string('x', TextLength)))).ToList();
            var bursts = writers.ConvertAll(writer => new Burst(writer.Connection, writer.Template, (uint)(round * Missed + 1), Missed));
            foreach (var burst in bursts) burst.Send();
            foreach (var burst in bursts) burst.Finish();
            foreach (var (connection, _) in writers) connection.Dispose();
        }
    }

    private static CatchUp ComeBack(LoadedServer server, List<Device> devices)
    {
        foreach (var device in devices) device.Prepare(server.Tokens);
        var (cpu, own, all) = (ProcessTree.Cpu(server.Processes), Environment.CpuUsage.TotalTime, LoadedServer.BusyCores());
        using var epoll = new Epoll();
        foreach (var device in devices) device.Connection = new RawConnection(server.Address, Buffer);
        for (var i = 0; i < devices.Count; i++) epoll.Watch(devices[i].Connection!.Socket, i);
        long first = 0;
        for (var back = 0; back < devices.Count;)
        {
            var ready = epoll.Wait(TimeSpan.FromSeconds(10));
            if (ready == 0) throw new BenchException($"Only {back} of {devices.Count} devices came back.");
            if (first == 0) first = Stopwatch.GetTimestamp();
            for (var i = 0; i < ready; i++)
            {
                if (devices[epoll[i]].Receive()) back++;
            }
        }

        var took = Stopwatch.GetElapsedTime(first);
        var used = ProcessTree.Cpu(server.Processes) - cpu;
        var foreign = LoadedServer.BusyCores() - all - used - (Environment.CpuUsage.TotalTime - own);
        foreach (var device in devices) device.Connection!.Dispose();
        return new CatchUp(devices.Count, devices.Sum(device => device.Received), took, used, Math.Max(0, 100 * (foreign / took)));
    }

    /// <summary>What a device keeps of the server, and how far it is with coming back.</summary>
    private sealed class Device(string user)
    {
        private readonly DeviceId _device = DeviceId.New();
        private readonly Dictionary<ConversationId, long> _positions = [];
        private Guid? _epoch;
        private string? _since;
        private byte[] _opening = [];
        private Step _step;
        private int _expected;

        public string User => user;

        public ConversationId Own { get; } = ConversationId.New();

        public RawConnection? Connection { get; set; }

        /// <summary>Entries of this time.</summary>
        public int Received { get; private set; }

        public OpenSession Opening(Tokens tokens) => new(tokens.For(user), _device, _epoch, _since, Client: "Parley.Bench");

        /// <summary>Signs its token, which is its backend's work and not to be measured.</summary>
        public void Prepare(Tokens tokens)
        {
            _opening = RawConnection.RequestText(1, Methods.OpenSession, Opening(tokens), ProtocolJson.Lenient.OpenSession);
            (_step, Received, _expected) = (Step.Connecting, 0, 0);
        }

        /// <summary>Takes what arrived, and asks for what comes next; true once, when it has everything.</summary>
        public bool Receive()
        {
            if (!Connection!.IsUpgraded)
            {
                Connection.Fill();
                if (Connection.TryFinishUpgrade()) Connection.SendText(_opening);
                return false;
            }

            Connection.Fill();
            while (Connection.TryReadFrame(out var frame))
            {
                if (_step == Step.Connecting) Opened(JsonElement.Parse(frame).GetProperty("result"));
                else if (_step == Step.Reading) Read(JsonElement.Parse(frame).GetProperty("result"));
                if (_step == Step.Reading && Received == _expected)
                {
                    _step = Step.Done;
                    return true;
                }
            }

            return false;
        }

        private void Opened(JsonElement opened)
        {
            _epoch = opened.GetProperty("epoch").GetGuid();
            var changes = opened.GetProperty("changes");
            // It was told of everybody when it came for the first time, and then of who changed each time it came back.
            var since = _since;
            _since = changes.GetProperty("since").GetString();
            if (changes.GetProperty("more").GetBoolean()) throw new BenchException("More changed than the workload changes.");
            var behind = new List<SyncPosition>();
            foreach (var change in changes.GetProperty("conversations").EnumerateArray())
            {
                var conversation = new ConversationId(change.GetProperty("conversation").GetGuid());
                var (position, head) = (_positions.GetValueOrDefault(conversation), change.GetProperty("head").GetInt64());
                if (head <= position) continue;
                behind.Add(new SyncPosition(conversation, new Sequence(position)));
                _expected += (int)(head - position);
            }

            _step = Step.Reading;
            if (behind.Count > 0) Connection!.Request(2, Methods.SyncConversations, new SyncConversations(_epoch.Value, behind, since), ProtocolJson.Lenient.SyncConversations);
        }

        private void Read(JsonElement synced)
        {
            foreach (var conversation in synced.GetProperty("conversations").EnumerateArray())
            {
                if (conversation.GetProperty("more").GetBoolean()) throw new BenchException("A page has less than the workload made.");
                var id = new ConversationId(conversation.GetProperty("conversation").GetGuid());
                foreach (var entry in conversation.GetProperty("entries").EnumerateArray())
                {
                    var sequence = entry.GetProperty("sequence").GetInt64();
                    if (sequence != _positions.GetValueOrDefault(id) + 1) throw new BenchException($"{sequence} came after {_positions.GetValueOrDefault(id)}.");
                    _positions[id] = sequence;
                    Received++;
                }
            }
        }

        private enum Step
        {
            Connecting,
            Reading,
            Done,
        }
    }
}
