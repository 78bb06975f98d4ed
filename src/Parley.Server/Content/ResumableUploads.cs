using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Parley.Storage;

namespace Parley.Content;

/// <summary>Uploads that come in pieces and go on where they stopped, after a broken connection and after a killed server: what is told as received is synced on disk.</summary>
/// <remarks>
/// The last bytes of an upload are recorded only with the content that it becomes. So an upload whose last piece came when the server died is asked for
/// that piece again, and none is ever complete without being content.
/// </remarks>
internal sealed partial class ResumableUploads(
    ContentOptions options, ContentFolders folders, ContentTable table, Uploader uploader, TimeProvider clock, ILogger<ResumableUploads> logger)
{
    /// <summary>How many bytes may arrive before what arrived is made safe.</summary>
    private const long SafeEvery = 8 * 1024 * 1024;

    private const int BufferLength = 128 * 1024;

    private readonly UploadTurns _turns = new();

    /// <summary>Begins an upload.</summary>
    public async Task<Outcome<Upload>> BeginAsync(UserKey owner, long size, string? declared, string? name, CancellationToken cancel)
    {
        var expiresAt = Expiry();
        var begun = await uploader.BeginAsync(owner, size, declared, name, expiresAt, cancel);
        if (begun.Value is not { } file) return begun.Refusal!;
        file.Dispose();
        return new Upload(file.Key, UploadState.Uploading, size, declared, name, null, null, null, IsSent: false, Received: 0, expiresAt);
    }

    /// <summary>How far an upload is. Whoever is still sending it is interrupted, and what he sent counts.</summary>
    public async Task<Outcome<Upload>> FindAsync(UserKey owner, ContentId content, CancellationToken cancel)
    {
        using var turn = await _turns.TakeAsync(new ContentKey(owner.App, content), cancel);
        return await FindOwnAsync(owner, content, cancel);
    }

    /// <summary>Receives a piece, and makes content of the upload when it was the last.</summary>
    /// <param name="owner">Whose upload it is.</param>
    /// <param name="content">Which.</param>
    /// <param name="offset">Where the piece belongs.</param>
    /// <param name="piece">Its bytes.</param>
    /// <param name="checksum">What they must have; null where nothing was said.</param>
    /// <param name="gone">The sender went away. What he sent until then is kept, unless there is a checksum.</param>
    public async Task<Outcome<Upload>> AppendAsync(UserKey owner, ContentId content, long offset, Stream piece, Checksum? checksum, CancellationToken gone)
    {
        var key = new ContentKey(owner.App, content);
        using var turn = await _turns.TakeAsync(key, gone);
        var found = await FindOwnAsync(owner, content, gone);
        if (found.Value is not { } upload) return found.Refusal!;
        if (upload.State == UploadState.Ready ? offset != upload.Size : offset != upload.Received) return Refusals.WrongOffset;
        if (upload.State == UploadState.Ready) return upload;
        using var file = await Task.Run(() => StagedFile.Resume(folders, key, upload.Received), CancellationToken.None);
        // Its file is gone, or was cut by a disk that forgot: from its start again.
        if (file is null) return await GiveUpAsync(key, null, Refusals.UploadExpired);

        using var either = CancellationTokenSource.CreateLinkedTokenSource(gone, turn.Interrupted);
        try
        {
            return await ReceiveAsync(owner, upload, file, piece, checksum, either.Token);
        }
        catch (OperationCanceledException) when (turn.Interrupted.IsCancellationRequested && !gone.IsCancellationRequested)
        {
            return Refusals.WrongOffset.Because("the client came again on another connection");
        }
        catch (StagingFailed failure)
        {
            Log.NotWritten(logger, failure);
            // Nobody knows what is on disk after a failed sync. A full disk wrote nothing more, and forgot nothing; and a store that does not answer is asked again.
            return failure.IsLost ? await GiveUpAsync(key, file, failure.Refusal) : failure.Refusal;
        }
    }

    /// <summary>Gives an upload up; of one that is complete, its content, when no message refers to it.</summary>
    public async Task<Refusal?> EndAsync(UserKey owner, ContentId content, CancellationToken cancel)
    {
        var key = new ContentKey(owner.App, content);
        using var turn = await _turns.TakeAsync(key, cancel);
        var found = await FindOwnAsync(owner, content, cancel);
        if (found.Value is not { } upload) return found.Refusal;
        if (upload.State == UploadState.Uploading)
        {
            await table.AbandonAsync(key);
            await Task.Run(() => File.Delete(folders.IncomingOf(key)), CancellationToken.None);
            return null;
        }

        return await table.DiscardAsync(owner, content) ? null : Refusals.PermissionDenied.Because("a message refers to it: recall that");
    }

    private async Task<Outcome<Upload>> FindOwnAsync(UserKey owner, ContentId content, CancellationToken cancel)
    {
        if (await table.FindOwnAsync(owner, content, cancel) is not { } upload) return Refusals.NotFound;
        return upload.ExpiresAt <= clock.Now() ? Refusals.UploadExpired : upload;
    }

    private async Task<Outcome<Upload>> ReceiveAsync(UserKey owner, Upload upload, StagedFile file, Stream piece, Checksum? checksum, CancellationToken cancel)
    {
        using var hash = checksum is null ? null : IncrementalHash.CreateHash(checksum.Algorithm);
        var safe = upload.Received;
        try
        {
            var buffer = new byte[BufferLength];
            int read;
            while ((read = await piece.ReadAsync(buffer, cancel)) > 0)
            {
                if (file.Length + read > upload.Size) return Refusals.TooLarge.Because($"the upload was announced with {upload.Size} bytes");
                hash?.AppendData(buffer, 0, read);
                await file.AppendAsync(buffer.AsMemory(0, read), CancellationToken.None);
                if (hash is not null || file.Length == upload.Size || file.Length - safe < SafeEvery) continue;
                if (!await MakeSafeAsync(upload, file, safe)) return Refusals.WrongOffset;
                safe = file.Length;
            }
        }
        catch (Exception exception) when (exception is not StagingFailed && file.Length < upload.Size)
        {
            if (hash is null) await MakeSafeAsync(upload, file, safe);
            throw;
        }
        catch (Exception exception) when (exception is not StagingFailed && hash is null)
        {
            // All of it is here, whatever became of the connection.
        }

        if (hash is not null && !CryptographicOperations.FixedTimeEquals(hash.GetHashAndReset(), checksum!.Value)) return Refusals.ChecksumMismatch;
        if (file.Length == upload.Size) return await CompleteAsync(owner, upload, file);
        return await MakeSafeAsync(upload, file, safe) ? upload with { Received = file.Length, ExpiresAt = Expiry() } : Refusals.WrongOffset;
    }

    /// <summary>Has what arrived on disk and recorded; false when another node receives this upload too, and was quicker.</summary>
    private async Task<bool> MakeSafeAsync(Upload upload, StagedFile file, long safe)
    {
        if (file.Length == safe) return true;
        await file.SyncAsync();
        return await table.AdvanceAsync(upload.Key, safe, file.Length, Expiry());
    }

    private async Task<Outcome<Upload>> CompleteAsync(UserKey owner, Upload upload, StagedFile file)
    {
        var outcome = await uploader.CompleteAsync(owner, file, upload.Type, upload.Name, hash: null);
        if (outcome.Value is not { } content) return await GiveUpAsync(upload.Key, file, outcome.Refusal!);
        file.Delete();
        return upload with { State = UploadState.Ready, Received = upload.Size, ExpiresAt = null, Type = content.Type, Hash = Convert.FromHexString(content.Hash), Width = content.Width, Height = content.Height };
    }

    private async Task<Outcome<Upload>> GiveUpAsync(ContentKey key, StagedFile? file, Refusal why)
    {
        await table.AbandonAsync(key);
        file?.Delete();
        return why;
    }

    private DateTimeOffset Expiry() => clock.Now() + options.UploadLifetime;

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "A piece of an upload could not be written to disk")]
        public static partial void NotWritten(ILogger logger, Exception failure);
    }
}

/// <summary>What the bytes of a piece must have.</summary>
internal sealed record Checksum(HashAlgorithmName Algorithm, byte[] Value);
