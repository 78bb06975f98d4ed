namespace Parley.Chaos;

/// <summary>Fifty users: each in a direct conversation with his neighbour and in a group of five; each on a thread of his own.</summary>
internal sealed class Town : IDisposable
{
    public const int Users = 50;
    private const int GroupSize = 5;
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(60);

    private readonly Visitor _visitor;
    private readonly Problems _problems;
    private readonly List<(ConversationId Conversation, IReadOnlyList<UserId> Members)> _conversations = [];
    private readonly IReadOnlyList<ChaosClient> _clients;
    private readonly CancellationTokenSource _life = new();
    private readonly List<Thread> _threads = [];

    /// <summary>Makes the conversations; nobody is connected yet.</summary>
    public Town(Site site, int seed)
    {
        (_visitor, _problems) = (new Visitor(site.Server.Address, site.Tokens), site.Problems);
        var nodes = site.Nodes.Select(node => node.Address).ToList();
        var users = Enumerable.Range(0, Users).Select(i => new UserId($"user-{i:00}")).ToList();
        foreach (var pair in users.Chunk(2)) _conversations.Add((_visitor.Make(ConversationKind.Direct, pair), pair));
        foreach (var group in users.Chunk(GroupSize)) _conversations.Add((_visitor.Make(ConversationKind.Group, group), group));
        _clients =
        [
            .. from user in users
               let own = _conversations.Where(one => one.Members.Contains(user)).Select(one => one.Conversation)
               select new ChaosClient(user, site.Tokens, nodes[users.IndexOf(user) % nodes.Count], [.. own], new Random(seed * Users + users.IndexOf(user))),
        ];
    }

    /// <summary>Sends that were answered with their entries.</summary>
    public int Acknowledged => _clients.Sum(client => client.Acknowledged);

    /// <summary>Sends and cancels that wait for their answers.</summary>
    public int Unanswered => _clients.Sum(client => client.Unanswered);

    public bool Connected => _clients.All(client => client.Connected);

    /// <summary>How many requests were refused with a code so far.</summary>
    public int RefusedWith(string code) => _clients.Sum(client => client.RefusedWith(code));

    /// <summary>Everybody connects and sends.</summary>
    public void Start()
    {
        foreach (var client in _clients)
        {
            var thread = new Thread(() => Run(client));
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>Lets everybody settle what is open and then read everything; what nobody manages is a problem.</summary>
    public async Task SettleAsync(CancellationToken cancel)
    {
        foreach (var client in _clients) client.StopSending();
        if (!await _problems.UntilAsync(() => _clients.All(client => client.Settled), SettlePatience, "every send is settled", cancel)) return;
        foreach (var client in _clients) client.Finish();
        await _problems.UntilAsync(() => _clients.All(client => client.Settled), SettlePatience, "everybody has read everything", cancel);
    }

    /// <summary>Ends everybody's life where he is.</summary>
    public void End()
    {
        _life.Cancel();
        foreach (var thread in _threads) thread.Join();
        _threads.Clear();
    }

    /// <summary>What everybody tried, was told and has, and what could be read in the end; after the <see cref="End"/>.</summary>
    public History Record(IReadOnlyDictionary<ConversationId, IReadOnlyList<Entry>> log, IReadOnlyList<CursorSeen> cursors)
    {
        var records = _clients.Select(client => client.Record()).ToList();
        return new History(
            [.. records.SelectMany(record => record.Attempts)], log, [.. records.SelectMany(record => record.Streams)],
            [.. records.SelectMany(record => record.Timelines)], [.. records.SelectMany(record => record.Pages)],
            [.. records.SelectMany(record => record.Cursors), .. cursors])
        {
            Outcomes = records.Aggregate(default(Outcomes), (sum, record) => sum + record.Outcomes),
        };
    }

    /// <summary>Reads where everybody's cursors are in every conversation.</summary>
    public IReadOnlyList<CursorSeen> ReadCursors() => [.. _conversations.SelectMany(one => _visitor.ReadCursors(one.Conversation, one.Members[^1]))];

    /// <summary>Whether something new can be recorded.</summary>
    public bool CanRecord() => _visitor.CanRecord();

    /// <summary>Reads every conversation from its beginning, as a newcomer's device does.</summary>
    public Dictionary<ConversationId, IReadOnlyList<Entry>> ReadAll() =>
        _conversations.ToDictionary(one => one.Conversation, one => (IReadOnlyList<Entry>)_visitor.ReadAll(one.Conversation, one.Members[^1]));

    public void Dispose()
    {
        End();
        foreach (var client in _clients) client.Dispose();
        _life.Dispose();
    }

    private void Run(ChaosClient client)
    {
        try
        {
            client.Run(_life.Token);
        }
        catch (Exception failure)
        {
            _problems.Add($"A client failed: {failure}");
        }
    }
}
