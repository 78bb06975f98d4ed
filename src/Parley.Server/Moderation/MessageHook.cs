using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Egress;
using Parley.Identity;

namespace Parley.Moderation;

/// <summary>The app's own check over HTTP: of messages before they are recorded, and of what was uploaded.</summary>
/// <remarks>Its options are such as <see cref="ModerationOptionsValidator"/> let pass, with a URL.</remarks>
internal sealed partial class MessageHook(HookOptions options, EgressClient egress, TimeProvider clock, ILogger<MessageHook> logger)
{
    /// <summary>The most bytes of an answer: a content with what stands around it.</summary>
    public const int MaxAnswerBytes = 128 * 1024;

    /// <summary>The most characters of a reason and of a code.</summary>
    public const int MaxReason = 1_000;

    private readonly Uri _url = new(options.Url!, UriKind.Absolute);
    private readonly byte[] _key = AppSecret.Read(options.Secret).Bytes!;
    private readonly HookBreaker _breaker = new(clock);
    private readonly HookBreaker _contentBreaker = new(clock);

    /// <summary>How long an answer about a file may take.</summary>
    public TimeSpan ContentTimeout => options.ContentTimeout;

    /// <summary>What becomes of a message. When no good answer comes in time, what the app chose for then: null when its sender is to try again later.</summary>
    public Task<MessageVerdict?> AskAsync(InterceptedMessage message, CancellationToken cancel) =>
        AskAsync($"{message.Conversation}:{message.Request}", JsonBytes.Write((message, Time()), static (writer, state) =>
        {
            var (message, time) = state;
            writer.WriteStartObject();
            writer.WriteString("type"u8, message.Step == MessageStep.Send ? "message.send"u8 : "message.edit"u8);
            writer.WriteString("app"u8, message.App);
            writer.WriteString("time"u8, time);
            writer.WriteString("conversation"u8, message.Conversation.Value);
            writer.WriteString("message"u8, message.Message.Value);
            writer.WriteString("sender"u8, message.Sender.Value);
            if (message.ReplyTo is { } answered) writer.WriteString("replyTo"u8, answered.Value);
            if (message.Forwarded is { } source)
            {
                writer.WritePropertyName("forwarded"u8);
                JsonSerializer.Serialize(writer, source, ProtocolJson.Lenient.ForwardedFrom);
            }

            writer.WritePropertyName("content"u8);
            JsonSerializer.Serialize(writer, message.Content, ProtocolJson.Lenient.MessageContent);
            writer.WriteEndObject();
        }), _breaker, options.Timeout, options.OnFailure, cancel);

    /// <summary>What becomes of an upload: it passes, or is refused. As of a message.</summary>
    /// <param name="content">What was uploaded.</param>
    /// <param name="url">Where it is fetched meanwhile.</param>
    /// <param name="cancel">Gives up.</param>
    public Task<MessageVerdict?> AskAsync(InterceptedContent content, string url, CancellationToken cancel) =>
        AskAsync($"content:{content.User}:{content.Hash}", JsonBytes.Write((content, url, Time()), static (writer, state) =>
        {
            var (content, url, time) = state;
            writer.WriteStartObject();
            writer.WriteString("type"u8, "content"u8);
            writer.WriteString("app"u8, content.App);
            writer.WriteString("time"u8, time);
            writer.WriteString("user"u8, content.User.Value);
            writer.WriteString("contentType"u8, content.Type);
            writer.WriteNumber("size"u8, content.Size);
            writer.WriteString("hash"u8, content.Hash);
            if (content.Name is not null) writer.WriteString("name"u8, content.Name);
            writer.WriteString("url"u8, url);
            writer.WriteEndObject();
        }), _contentBreaker, options.ContentTimeout, options.OnContentFailure ?? options.OnFailure, cancel);

    private string Time()
    {
        Span<byte> time = stackalloc byte[WireTime.Length];
        WireTime.Format(clock.Now(), time);
        return Encoding.ASCII.GetString(time);
    }

    private async Task<MessageVerdict?> AskAsync(string id, byte[] body, HookBreaker breaker, TimeSpan timeout, HookFailure onFailure, CancellationToken cancel)
    {
        var fallback = onFailure == HookFailure.Pass ? MessageVerdict.Pass : null;
        if (!breaker.MayAsk())
        {
            ModerationMetrics.Asked("skipped");
            return fallback;
        }

        try
        {
            var answer = await egress.PostAsync(_url, body, WebhookSignature.Sign(_key, id, clock.Now(), body), MaxAnswerBytes, timeout, cancel);
            var verdict = HookAnswer.Read(answer);
            breaker.Answered();
            ModerationMetrics.Asked(verdict.Kind.ToString().ToLowerInvariant());
            return verdict;
        }
        catch (Exception failure) when (failure is EgressException or JsonException)
        {
            breaker.Failed();
            ModerationMetrics.Asked(failure is EgressException { IsLate: true } ? "timeout" : "failed");
            Log.NotAnswered(logger, failure.Message);
            return fallback;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The hook of an app {Why}")]
        public static partial void NotAnswered(ILogger logger, string why);
    }
}

/// <summary>Reads what a hook answers.</summary>
internal static class HookAnswer
{
    /// <exception cref="JsonException">It is no answer; the message says why, without anything of it.</exception>
    public static MessageVerdict Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ProtocolJson.MaxDepth });
        var answer = Whole(ref reader);
        var reason = Why(answer);
        return Text(answer, "action") switch
        {
            "pass" => MessageVerdict.Pass,
            "edit" => MessageVerdict.Edit(Content(answer)),
            "refuse" => MessageVerdict.Refuse(reason),
            "hold" => MessageVerdict.Hold(reason),
            _ => throw new JsonException("answered no action that there is"),
        };
    }

    private static JsonElement Whole(ref Utf8JsonReader reader)
    {
        try
        {
            var answer = JsonElement.ParseValue(ref reader);
            return answer.ValueKind == JsonValueKind.Object ? answer : throw new JsonException("answered no JSON object");
        }
        catch (JsonException malformed)
        {
            throw new JsonException("answered no JSON object", malformed);
        }
    }

    private static MessageContent Content(JsonElement answer)
    {
        try
        {
            if (answer.TryGetProperty("content", out var content) && content.Deserialize(ProtocolJson.Strict.MessageContent) is { } good) return good;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            // What is wrong with it is said as of none.
        }

        throw new JsonException("answered an edit without good content");
    }

    /// <summary>The code and the reason, as the sender is told.</summary>
    private static string? Why(JsonElement answer) => (Text(answer, "code"), Text(answer, "reason")) switch
    {
        (null, var reason) => reason,
        (var code, null) => code,
        var (code, reason) => $"{code}: {reason}",
    };

    private static string? Text(JsonElement answer, string member)
    {
        if (!answer.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.Number && member == "code") return value.GetRawText();
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: <= MessageHook.MaxReason } text) throw new JsonException($"answered a {member} that is no text of up to {MessageHook.MaxReason} characters");
        return text;
    }
}
