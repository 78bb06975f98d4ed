using System.Text.RegularExpressions;
using System.Threading.Channels;
using Parley.Chat;
using Parley.Client.Tests.Support;

namespace Parley.Client.Tests.Chat;

/// <summary>Somebody at a chat: types lines, sees lines.</summary>
internal sealed class Seat : IAsyncDisposable
{
    private readonly Lines _typed = new();
    private readonly Lines _seen = new();
    private readonly Task<int> _chatting;

    private Seat(ChatOptions options) =>
        _chatting = new ChatCommand(new LineReader(_typed), new LineWriter(_seen), ChatSurface.Plain, TimeProvider.System).RunAsync(options, CancellationToken.None);

    /// <summary>In front of the conversation with somebody.</summary>
    public static Seat At(RealServer server, string user, string peer) => At(server.Address, server.TokenOf, user, peer);

    /// <summary>As the other, at any server.</summary>
    public static Seat At(Uri server, Func<string, string> tokenOf, string user, string peer) => new(OptionsOf(server, tokenOf, user, new UserId(peer)));

    /// <summary>In front of a group.</summary>
    public static Seat At(RealServer server, string user, GroupWish group) => new(OptionsOf(server.Address, server.TokenOf, user, null) with { Group = group });

    public Task SaysAsync(string line) => _typed.Writer.WriteAsync(line).AsTask();

    public Task UntilAsync(string line, int times = 1, bool anywhere = false) =>
        Cast.UntilAsync(() => _seen.All.Count(seen => anywhere ? seen.Contains(line, StringComparison.Ordinal) : seen.EndsWith(line, StringComparison.Ordinal)) >= times, $"\"{line}\" is seen; seen was:\n{string.Join('\n', _seen.All)}");

    /// <summary>Until a whole line is seen that is like this; <c>HH:mm</c> is any time.</summary>
    public Task UntilLikeAsync(string line, int times = 1)
    {
        var like = new Regex($"^{Regex.Escape(line).Replace("HH:mm", "[0-9]{2}:[0-9]{2}", StringComparison.Ordinal)}$", RegexOptions.NonBacktracking);
        return Cast.UntilAsync(() => _seen.All.Count(like.IsMatch) >= times, $"\"{line}\" is seen; seen was:\n{string.Join('\n', _seen.All)}");
    }

    /// <summary>Everything seen.</summary>
    public IReadOnlyList<string> Seen => _seen.All;

    /// <summary>The messages seen, without their times.</summary>
    public IReadOnlyList<string> Said() => [.. _seen.All.Where(line => !line.StartsWith("--", StringComparison.Ordinal)).Select(line => line[6..])];

    public async Task<int> LeavesAsync()
    {
        _typed.Writer.TryComplete();
        return await _chatting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        _typed.Writer.TryComplete();
        await _chatting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static ChatOptions OptionsOf(Uri server, Func<string, string> tokenOf, string user, UserId? peer) =>
        new(new UserId(user), peer, null, server, _ => ValueTask.FromResult(tokenOf(user)));

    private sealed class Lines
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
        private readonly List<string> _all = [];

        public ChannelWriter<string> Writer => _lines.Writer;

        public ChannelReader<string> Reader => _lines.Reader;

        public IReadOnlyList<string> All
        {
            get
            {
                lock (_all) return [.. _all];
            }
        }

        public void Add(string line)
        {
            lock (_all) _all.Add(line);
        }
    }

    private sealed class LineReader(Lines lines) : TextReader
    {
        public override async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken) =>
            await lines.Reader.WaitToReadAsync(cancellationToken) && lines.Reader.TryRead(out var line) ? line : null;
    }

    private sealed class LineWriter(Lines lines) : StringWriter
    {
        public override void WriteLine(string? value) => lines.Add(value ?? "");
    }
}
