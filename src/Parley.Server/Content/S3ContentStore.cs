using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;
using Parley.Storage;

namespace Parley.Content;

/// <summary>Keeps content as objects of a bucket, on a server that speaks S3. Uploads are staged in the folder all the same: an object is whole or not there.</summary>
internal sealed class S3ContentStore : ContentStore
{
    private readonly AmazonS3Client _client;
    private readonly TransferUtility _transfers;
    private readonly S3Options _options;

    public S3ContentStore(S3Options options)
    {
        var config = new AmazonS3Config
        {
            AuthenticationRegion = options.Region,
            ForcePathStyle = options.BucketInPath,
            // Content has a hash of its own, and many servers know no other checksums than those of old.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Address is { } address) config.ServiceURL = address.AbsoluteUri;
        else config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        _options = options;
        _client = options is { AccessKey: { } key, SecretKey: { } secret } ? new AmazonS3Client(new BasicAWSCredentials(key, secret), config) : new AmazonS3Client(config);
        _transfers = new TransferUtility(_client);
    }

    public override Task KeepAsync(StagedFile file, BlobName name, CancellationToken cancel) => AskAsync(async () =>
    {
        // Large ones go in parts, each of which is sent again when it did not arrive.
        await _transfers.UploadAsync(new TransferUtilityUploadRequest { BucketName = _options.Bucket, Key = KeyOf(name), FilePath = file.Path, DisablePayloadSigning = false }, cancel);
        return true;
    });

    public override Task<Stream?> OpenAsync(BlobName name, long offset, CancellationToken cancel) => AskAsync<Stream?>(async () =>
    {
        var request = new GetObjectRequest { BucketName = _options.Bucket, Key = KeyOf(name) };
        if (offset > 0) request.ByteRange = new ByteRange(offset, long.MaxValue);
        try
        {
            return (await _client.GetObjectAsync(request, cancel)).ResponseStream;
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    });

    public override Task DeleteAsync(BlobName name, CancellationToken cancel) => AskAsync(() => _client.DeleteObjectAsync(_options.Bucket, KeyOf(name), cancel));

    public override async IAsyncEnumerable<(BlobName Name, DateTimeOffset WrittenAt)> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var request = new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = _options.Prefix };
        ListObjectsV2Response page;
        do
        {
            page = await AskAsync(() => _client.ListObjectsV2Async(request, cancel));
            foreach (var one in page.S3Objects ?? [])
            {
                if (NameOf(one.Key) is { } name) yield return (name, new DateTimeOffset((one.LastModified ?? DateTime.UnixEpoch).ToUniversalTime(), TimeSpan.Zero));
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    public override ValueTask DisposeAsync()
    {
        _transfers.Dispose();
        _client.Dispose();
        return default;
    }

    private string KeyOf(BlobName name) => string.Create(CultureInfo.InvariantCulture, $"{_options.Prefix}{name.App.Number}/{name.File}");

    private BlobName? NameOf(string key) =>
        key[_options.Prefix.Length..].Split('/') is [var app, var file] && int.TryParse(app, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && BlobName.IsOurs(file)
            ? new BlobName(new AppId(number), file)
            : null;

    /// <summary>Whatever the library throws is a store that does not answer.</summary>
    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception exception) when (exception is AmazonClientException or HttpRequestException or TimeoutException)
        {
            throw new StoreUnavailable(exception);
        }
    }
}

/// <summary>The server that keeps content does not answer, or refuses.</summary>
internal sealed class StoreUnavailable(Exception cause) : IOException(cause.Message, cause);
