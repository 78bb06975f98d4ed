using System.Net.Sockets;
using System.Security.Cryptography;

namespace Parley.Tests.Content;

/// <summary>Uploads through a server that is killed again and again.</summary>
public sealed class KilledServerTests
{
    [Theory, EveryEngine, Trait("Row", "G20"), Trait("Row", "A23"), Trait("Row", "B20")]
    public async Task An_upload_goes_on_where_it_was_safe_when_the_server_was_killed(Engine engine)
    {
        const int Kills = 3;
        await using var server = await ServerProcess.StartAsync(engine);
        using var alice = new TusClient(server.Address, server.TokenOf("alice"));
        var bytes = RandomNumberGenerator.GetBytes(40 * 1024 * 1024);
        var location = await alice.CreateAsync(bytes.Length);
        var offset = 0L;
        for (var kill = 1; kill <= Kills; kill++)
        {
            // Somewhere within a piece, and not where it is made safe by itself.
            var upTo = (bytes.Length * kill / (Kills + 1)) + 12_345;
            using (var socket = await alice.DialAsync(location, offset, bytes.Length - offset))
            {
                await socket.GetStream().WriteAsync(bytes.AsMemory((int)offset, upTo - (int)offset));
                await Gateway.GatewayHost.EventuallyAsync(() => Directory.GetFiles(server.ContentFolder, "*", SearchOption.AllDirectories).Any(file => new FileInfo(file).Length == upTo));
                await server.KillAsync();
            }

            await server.StartAsync();
            var (next, content) = (await alice.OffsetAsync(location))!.Value;
            Assert.Null(content);
            Assert.InRange(next, upTo - (8 * 1024 * 1024) - (128 * 1024), upTo);
            offset = next;
        }

        using var last = await alice.PatchAsync(location, offset, bytes[(int)offset..]);

        Assert.Equal(bytes, await alice.Http.DownloadAsync(new ContentId(Assert.Single(last.Headers.GetValues("Parley-Content")))));
        Assert.Single(Directory.GetFiles(server.ContentFolder, "*", SearchOption.AllDirectories));
    }

    [Theory, EveryEngine, Trait("Row", "G20")]
    public async Task A_server_that_is_killed_while_it_completes_an_upload_has_it_whole_or_goes_on_with_it(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(engine);
        using var alice = new TusClient(server.Address, server.TokenOf("alice"));
        var random = new Random(4711);
        for (var round = 0; round < 6; round++)
        {
            var bytes = RandomNumberGenerator.GetBytes(3_000_000);
            var location = await alice.CreateAsync(bytes.Length);
            using (var socket = await alice.DialAsync(location, 0, bytes.Length))
            {
                await socket.GetStream().WriteAsync(bytes);
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 40)), TimeProvider.System);
                await server.KillAsync();
            }

            await server.StartAsync();
            var (offset, content) = (await alice.OffsetAsync(location))!.Value;
            if (content is null)
            {
                using var rest = await alice.PatchAsync(location, offset, bytes[(int)offset..]);
                content = Assert.Single(rest.Headers.GetValues("Parley-Content"));
            }

            Assert.Equal(bytes, await alice.Http.DownloadAsync(new ContentId(content)));
        }
    }
}
