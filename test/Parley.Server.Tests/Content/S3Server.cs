using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;
using Parley.Content;

namespace Parley.Tests.Content;

/// <summary>A server that speaks S3 and that others wrote: moto, a program of its own on a free port of this machine, with an empty bucket. It keeps everything in memory.</summary>
internal sealed class S3Server : IAsyncDisposable
{
    private const string Program = "moto_server";

    private readonly Process _process;

    private S3Server(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public S3Options Options => Configure(new S3Options());

    public S3Options Configure(S3Options options)
    {
        (options.Address, options.Bucket, options.AccessKey, options.SecretKey, options.Prefix) = (Address, "content", "testing", "testing", "parley/");
        return options;
    }

    /// <summary>Starts it; the test is skipped where it is not installed.</summary>
    public static async Task<S3Server> StartAsync()
    {
        Process process;
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        try
        {
            process = Process.Start(new ProcessStartInfo(Program, ["-H", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture)])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"No server that speaks S3: install {Program} (pip install 'moto[server]').");
            throw;
        }

        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new S3Server(process, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
        await server.MakeBucketAsync();
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
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    private AmazonS3Client Client() =>
        new(new BasicAWSCredentials("testing", "testing"), new AmazonS3Config { ServiceURL = Address.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });

    private async Task MakeBucketAsync()
    {
        using var client = Client();
        for (var tries = 0; ; tries++)
        {
            try
            {
                await client.PutBucketAsync("content");
                return;
            }
            catch (Exception failure) when (failure is HttpRequestException or AmazonClientException && tries < 100)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }
    }
}
