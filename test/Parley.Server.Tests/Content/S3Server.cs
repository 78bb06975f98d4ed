using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;
using Parley.Content;

namespace Parley.Tests.Content;

/// <summary>A server that speaks S3 and that others wrote: s3rver, a program of its own on a free port of this machine, with an empty bucket in a temporary folder.</summary>
internal sealed class S3Server : IAsyncDisposable
{
    private const string Key = "S3RVER";

    private readonly Process _process;
    private readonly TemporaryFolder _folder;

    private S3Server(Process process, TemporaryFolder folder, Uri address) => (_process, _folder, Address) = (process, folder, address);

    /// <summary>Where <c>test.sh</c> installs it.</summary>
    private static string Program => Checkout.PathOf("artifacts/test-node/s3.mjs");

    public Uri Address { get; }

    public S3Options Options => Configure(new S3Options());

    public S3Options Configure(S3Options options)
    {
        (options.Address, options.Bucket, options.AccessKey, options.SecretKey, options.Prefix) = (Address, "content", Key, Key, "parley/");
        return options;
    }

    /// <summary>Starts it; the test is skipped where it is not installed.</summary>
    public static async Task<S3Server> StartAsync()
    {
        if (!File.Exists(Program)) Assert.Skip("No server that speaks S3: ./test.sh installs it where there is npm.");
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        var folder = new TemporaryFolder();
        var process = Process.Start(new ProcessStartInfo("node", [Program, folder.Path, port.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var server = new S3Server(process, folder, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
        Assert.Equal("Listening", await process.StandardOutput.ReadLineAsync());
        return server;
    }

    /// <summary>The names of all objects.</summary>
    public async Task<IReadOnlyList<string>> ObjectsAsync()
    {
        using var client = Client();
        return [.. ((await client.ListObjectsV2Async(new() { BucketName = "content" })).S3Objects ?? []).Select(one => one.Key)];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    private AmazonS3Client Client() =>
        new(new BasicAWSCredentials(Key, Key), new AmazonS3Config { ServiceURL = Address.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });
}
