using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Content;

/// <summary>Takes files in: receives them, looks at what they are, has them kept, and records them. In this order, so that what is recorded is on disk (G20).</summary>
internal sealed partial class Uploader(
    ContentOptions options, ContentFolders folders, ContentStore store, ContentTable table, ContentSpace space, Func<AppId, UploadOptions> rules, InspectContent inspect,
    ILogger<Uploader> logger)
{
    private const int BufferLength = 128 * 1024;

    /// <summary>The most bytes of a file.</summary>
    public long MaxBytes => options.MaxBytes;

    /// <summary>Why nothing of this size is taken of a user now; null when it may come. Asked before any of it is read.</summary>
    public async Task<Refusal?> CheckAsync(UserKey owner, long size, CancellationToken cancel)
    {
        if (size > MaxBytes) return TooLarge;
        return space.Check(size) ?? await table.OverQuotaAsync(owner, size, rules(owner.App), cancel);
    }

    /// <summary>Begins a file that comes in pieces.</summary>
    public async Task<Outcome<StagedFile>> BeginAsync(UserKey owner, long size, string? declared, string? name, DateTimeOffset expiresAt, CancellationToken cancel)
    {
        if (await CheckAsync(owner, size, cancel) is { } refusal) return refusal;
        var file = await Task.Run(() => StagedFile.Create(folders, new ContentKey(owner.App, ContentId.New())), CancellationToken.None);
        var isKnown = false;
        try
        {
            if (await table.BeginAsync(owner, file.Key.Content, size, declared, name, expiresAt, rules(owner.App)) is { } over) return over;
            isKnown = true;
            return file;
        }
        finally
        {
            if (!isKnown) file.Delete();
        }
    }

    /// <summary>Receives a whole file.</summary>
    /// <exception cref="OperationCanceledException">The sender went away; nothing is left of it.</exception>
    public async Task<Outcome<ContentUploaded>> ReceiveAsync(UserKey owner, NewFile wanted, Stream body, CancellationToken gone)
    {
        if (await CheckAsync(owner, wanted.Length ?? 0, gone) is { } refusal) return refusal;
        var file = await Task.Run(() => StagedFile.Create(folders, new ContentKey(owner.App, ContentId.New())), CancellationToken.None);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            if (!await CopyAsync(body, file, MaxBytes, hash, gone)) return TooLarge;
            var sent = hash.GetHashAndReset();
            if (wanted.Sha256 is { } announced && !CryptographicOperations.FixedTimeEquals(announced, sent)) return Refusals.ChecksumMismatch;
            // From here on it goes its way whether or not somebody waits for the answer.
            return await CompleteAsync(owner, file, wanted.Declared, wanted.Name, sent);
        }
        catch (StagingFailed failure)
        {
            Log.NotWritten(logger, failure);
            return failure.Refusal;
        }
        finally
        {
            // What became of it has another name.
            file.Delete();
        }
    }

    /// <summary>Appends what comes; false when there is more than may be.</summary>
    public static async Task<bool> CopyAsync(Stream body, StagedFile file, long most, IncrementalHash? hash, CancellationToken cancel)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer, cancel)) > 0)
            {
                if (file.Length + read > most) return false;
                hash?.AppendData(buffer, 0, read);
                await file.AppendAsync(buffer.AsMemory(0, read), CancellationToken.None);
            }

            return true;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Makes content of a file that is all there. The staged file stays the caller's.</summary>
    /// <param name="owner">Whose it is.</param>
    /// <param name="file">All of its bytes.</param>
    /// <param name="declared">What its sender says that it is.</param>
    /// <param name="name">What he calls it.</param>
    /// <param name="hash">Its SHA-256; null when nobody has made it yet.</param>
    /// <exception cref="StagingFailed">It could not be made durable.</exception>
    public async Task<Outcome<ContentUploaded>> CompleteAsync(UserKey owner, StagedFile file, string? declared, string? name, byte[]? hash)
    {
        var looked = await Task.Run(() => Look(file, declared, hash), CancellationToken.None);
        if (looked.Value is not var (known, digest)) return looked.Refusal!;
        if (!rules(owner.App).Takes(known.Type)) return Refusals.UnsupportedContent.Because($"this app takes no {known.Type}");
        var arrived = new ArrivedFile(file.Key, owner, known.Type, file.Length, digest, name, () => StagedFile.Read(file.Path));
        if (await inspect(arrived, CancellationToken.None) is { } unwanted) return unwanted;
        await file.SyncAsync();
        var blob = BlobName.New(owner.App, digest);
        var size = file.Length;
        await KeepAsync(file, blob);
        var complete = new CompleteFile(file.Key.Content, blob, digest, size, known.Type, name, known.Width, known.Height);
        if (await table.FinishAsync(owner, complete, rules(owner.App)) is { } refusal)
        {
            await store.DeleteAsync(blob, CancellationToken.None);
            return refusal;
        }

        return new ContentUploaded(file.Key.Content, size, known.Type, Convert.ToHexStringLower(digest), name, known.Width, known.Height);
    }

    private async Task KeepAsync(StagedFile file, BlobName blob)
    {
        try
        {
            await store.KeepAsync(file, blob, CancellationToken.None);
        }
        catch (IOException failure)
        {
            throw new StagingFailed(failure);
        }
    }

    /// <summary>What it is and its hash, which is that of what is kept: a photo does not say where it was taken.</summary>
    private Outcome<Looked> Look(StagedFile file, string? declared, byte[]? hash)
    {
        using var view = file.View();
        var inspected = FileInspection.Inspect(view, declared, options.MaxMegapixels, options.MaxFrames);
        if (inspected.Value is not { } known) return inspected.Refusal!;
        if (GpsEraser.Erase(known.Type, view))
        {
            view.Flush();
            hash = null;
        }

        view.Position = 0;
        return new Looked(known, hash ?? SHA256.HashData(view));
    }

    private Refusal TooLarge => Refusals.TooLarge.Because($"the file: at most {MaxBytes} bytes");

    private sealed record Looked(InspectedFile Known, byte[] Hash);

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "An upload could not be written to disk")]
        public static partial void NotWritten(ILogger logger, Exception failure);
    }
}

/// <summary>A file that somebody is about to send.</summary>
/// <param name="Length">Its bytes, where he says so.</param>
/// <param name="Declared">The MIME type that he says it has.</param>
/// <param name="Name">What he calls it.</param>
/// <param name="Sha256">The hash that he says it has.</param>
internal sealed record NewFile(long? Length, string? Declared, string? Name, byte[]? Sha256 = null);
