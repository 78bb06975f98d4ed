using Microsoft.Extensions.Logging;

namespace Parley.Client;

/// <content>Files that go with a message: uploaded when its turn comes, and gone on with by whichever run of the program comes.</content>
internal sealed partial class Outbox
{
    /// <summary>What uploads.</summary>
    public Content? Uploads { get; set; }

    private async Task UploadAsync(Lane lane, OutgoingMessage message)
    {
        // Not under the gate.
        await Task.Yield();
        using var stop = new CancellationTokenSource();
        lock (_gate)
        {
            if (message.IsDone) return;
            // What it ends may go on at once, and not under the gate.
            message.StopUploading = () => _ = stop.CancelAsync();
        }

        SendResult? ended = null;
        TimeSpan? again = null;
        try
        {
            foreach (var file in message.Files.Where(file => file.Part is null)) await UploadAsync(message, file, stop.Token).ConfigureAwait(false);
        }
        catch (ParleyRefusedException refused) when (refused.Refusal is { Retry: RetryPolicy.Never } refusal && refusal != Refusals.Unauthorized)
        {
            ended = new SendResult.Refused(refusal);
        }
        catch (Exception broken) when (broken is ParleyException or OperationCanceledException or ObjectDisposedException)
        {
            Log.NotUploaded(_logger, message.Message, message.Conversation, broken.Message);
            again = Now + ((broken as ParleyRefusedException)?.Refusal.RetryAfter ?? Backoff.Wait(message.Refusals, uniform()) + StorePause);
        }
        catch (Exception unreadable)
        {
            ended = new SendResult.NotSent(FailureReason.File, unreadable.Message);
        }

        lock (_gate)
        {
            message.StopUploading = null;
            OutboxLane.Uploaded(message, again);
            if (ended is not null) lane.State.NotUploaded(message, ended);
            Pump(LaneOf(message.Lane));
        }
    }

    private async Task UploadAsync(OutgoingMessage message, OutgoingFile file, CancellationToken cancel)
    {
        if (file.Problem() is { } before) throw new IOException(before);
        ContentUploaded uploaded;
        try
        {
            uploaded = await Uploads!.UploadOutgoingAsync(file, Begun, cancel).ConfigureAwait(false);
        }
        catch (ParleyRefusedException gone) when (file.Content is not null && (gone.Refusal == Refusals.NotFound || gone.Refusal == Refusals.UploadExpired))
        {
            // The server keeps no upload for ever: what is gone there begins anew.
            file.Content = null;
            uploaded = await Uploads!.UploadOutgoingAsync(file, Begun, cancel).ConfigureAwait(false);
        }

        if (file.Problem() is { } meanwhile) throw new IOException(meanwhile);
        file.Part = MessagePart.Of(uploaded);

        // Before the first byte is sent: the next run must find what this one began.
        async Task Begun(ContentId content)
        {
            ValueTask put;
            lock (_gate)
            {
                file.Content = content;
                if (_records is null || message.IsDone) return;
                // Handed over before it can be done: else it may come behind the write that forgets it, and bring it back.
                put = _records.PutAsync(message, LeavesDevice.No);
            }

            await put.ConfigureAwait(false);
        }
    }
}
