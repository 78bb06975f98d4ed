using System.Security.Cryptography;
using Parley.Client.Tests.EndToEnd;
using Parley.Tests;

namespace Parley.Client.Tests.Content;

/// <summary>A real server, people who send files through wires that break, and what is left of them on its disk.</summary>
internal sealed class ContentWorld : IAsyncDisposable
{
    private readonly List<ParleyClient> _clients = [];

    private ContentWorld(RunningServer server) => (Server, Wire) = (server, new CuttingWire(server.Address));

    public RunningServer Server { get; }

    public CuttingWire Wire { get; }

    public static async Task<ContentWorld> StartAsync(Engine engine, params (string Key, string Value)[] settings) => new(await RunningServer.StartAsync(engine, settings));

    /// <summary>Everything that is kept of uploads, complete or not.</summary>
    public IReadOnlyList<string> Files => Directory.Exists(Server.ContentFolder) ? Directory.GetFiles(Server.ContentFolder, "*", SearchOption.AllDirectories) : [];

    /// <summary>A client whose connections may break; not connected. It comes back at once.</summary>
    public ParleyClient ClientOf(string user, Func<ParleyClientOptions, ParleyClientOptions>? change = null) => ClientAt(Wire.Address, user, change);

    /// <summary>A client whose connections hold; connected.</summary>
    public async Task<ParleyClient> ConnectAsync(string user)
    {
        var client = ClientAt(Server.Address, user);
        await client.ConnectAsync();
        return client;
    }

    public static byte[] Bytes(int count) => RandomNumberGenerator.GetBytes(count);

    public static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Wire.DisposeAsync();
        await Server.DisposeAsync();
    }

    private ParleyClient ClientAt(Uri address, string user, Func<ParleyClientOptions, ParleyClientOptions>? change = null)
    {
        var options = new ParleyClientOptions { Endpoint = address, TokenProvider = _ => ValueTask.FromResult(RunningServer.TokenOf(user)) };
        var client = new ParleyClient(change is null ? options : change(options), () => 0.001);
        _clients.Add(client);
        return client;
    }
}

/// <summary>Keeps all that it is told, on the thread that tells.</summary>
internal sealed class ToldProgress(Action<ContentProgress>? then = null) : IProgress<ContentProgress>
{
    private readonly Lock _gate = new();
    private readonly List<ContentProgress> _told = [];

    public IReadOnlyList<ContentProgress> Told
    {
        get
        {
            lock (_gate) return [.. _told];
        }
    }

    public void Report(ContentProgress value)
    {
        lock (_gate) _told.Add(value);
        then?.Invoke(value);
    }
}

/// <summary>A stream that is read once, from its start, as one of a network or of another program is.</summary>
internal sealed class OneWayStream(Stream bytes) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>How many bytes were taken.</summary>
    public long Taken { get; private set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        // In bits and pieces: nobody may take it for the end.
        var read = bytes.Read(buffer[..Math.Min(buffer.Length, 10_007)]);
        Taken += read;
        return read;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
