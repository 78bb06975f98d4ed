using System.Text.Json;
using System.Text.Unicode;

namespace Parley.Gateway;

/// <summary>Reads frames: which requests are in one, and what each of them asks. Looks at nothing but bytes and does nothing.</summary>
internal static class Frames
{
    /// <summary>The most requests of one frame.</summary>
    public const int MaxBatch = 100;

    /// <summary>The most characters of an id.</summary>
    public const int MaxIdLength = 64;

    private const int LongestEscape = 6;

    /// <summary>Whether the frame is JSON at all, and of what shape.</summary>
    /// <param name="frame">The whole frame, valid UTF-8.</param>
    /// <param name="items">Where the requests of an array are; null for a single request.</param>
    /// <returns>Null; or the refusal of the frame as a whole, of which nothing may be done then.</returns>
    public static Refusal? Split(ReadOnlySpan<byte> frame, out List<Range>? items)
    {
        items = null;
        var isArray = frame.TrimStart(" \t\r\n"u8) is [(byte)'[', ..];
        var reader = new Utf8JsonReader(frame, new JsonReaderOptions { MaxDepth = ProtocolJson.MaxDepth + (isArray ? 1 : 0) });
        try
        {
            // A single request is checked while it is read: one walk over its bytes instead of two.
            if (!isArray) return null;

            var found = new List<Range>();
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (found.Count <= MaxBatch) found.Add(start..(int)reader.BytesConsumed);
            }

            reader.Read();
            if (found.Count is 0 or > MaxBatch) return Refusals.InvalidRequest.Because($"an array holds 1 to {MaxBatch} requests");
            items = found;
            return null;
        }
        catch (JsonException)
        {
            return Refusals.InvalidJson.Because($"not JSON, or nested deeper than {ProtocolJson.MaxDepth}");
        }
    }

    /// <summary>Reads one request. Never throws, whatever the bytes are.</summary>
    public static Envelope Read(ReadOnlySpan<byte> item, CommandRouter router)
    {
        var envelope = new EnvelopeReader();
        try
        {
            if (!JsonText.IsSound(item)) envelope.Refuse(Refusals.InvalidJson.Because("U+0000 or half a surrogate pair"));
            var reader = new Utf8JsonReader(item, new JsonReaderOptions { MaxDepth = ProtocolJson.MaxDepth });
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                reader.Read();
                return new Envelope(null, null, default, Refusals.InvalidRequest.Because("a request is an object"));
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) envelope.ReadMember(ref reader, router);
            reader.Read();
            return envelope.Finish();
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return new Envelope(null, null, default, Refusals.InvalidJson.Because($"not JSON, or nested deeper than {ProtocolJson.MaxDepth}"));
        }
    }

    /// <summary>Whether a body of HTTP is params: as strict as <see cref="Read"/> is with those of a frame. Never throws, whatever the bytes are.</summary>
    /// <returns>Null; or the refusal.</returns>
    public static Refusal? CheckParams(ReadOnlySpan<byte> body)
    {
        try
        {
            // A WebSocket has seen to it that text is UTF-8; HTTP does not.
            if (!Utf8.IsValid(body)) return Refusals.InvalidJson.Because("not UTF-8");
            if (!JsonText.IsSound(body)) return Refusals.InvalidJson.Because("U+0000 or half a surrogate pair");
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = ProtocolJson.MaxDepth });
            reader.Read();
            var refusal = reader.TokenType == JsonTokenType.StartObject ? WalkParams(ref reader) : Refusals.InvalidParams.Because("$: expected an object");
            reader.Skip();
            reader.Read();
            return refusal;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return Refusals.InvalidJson.Because($"not JSON, or nested deeper than {ProtocolJson.MaxDepth}");
        }
    }

    /// <summary>Goes from the start of an object to its end; the refusal of what no method takes.</summary>
    private static Refusal? WalkParams(ref Utf8JsonReader reader)
    {
        var refusal = default(Refusal);
        var depth = reader.CurrentDepth;
        var afterName = false;
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == depth))
        {
            // No list of the protocol holds nulls, and no handler looks for one.
            if (reader.TokenType == JsonTokenType.Null && !afterName) refusal = Refusals.InvalidParams.Because("null in a list");
            afterName = reader.TokenType == JsonTokenType.PropertyName;
        }

        return refusal;
    }

    /// <summary>Collects the members of a request, each at most once.</summary>
    private struct EnvelopeReader
    {
        private Refusal? _refusal;
        private byte[]? _id;
        private Command? _command;
        private Range _params;
        private bool _hasVersion;
        private bool _hasId;
        private bool _hasMethod;
        private bool _hasParams;
        private bool _mayOmitId;

        /// <summary>The first refusal stands.</summary>
        public void Refuse(Refusal refusal) => _refusal ??= refusal;

        public void ReadMember(ref Utf8JsonReader reader, CommandRouter router)
        {
            // A name with half a surrogate pair cannot be compared; such a request is refused already.
            var name = _refusal is not null && reader.ValueIsEscaped ? Member.Unknown : NameOf(ref reader);
            reader.Read();
            switch (name)
            {
                case Member.Version when IsNew(ref _hasVersion):
                    if (reader.TokenType != JsonTokenType.String || !reader.ValueTextEquals("2.0"u8)) Refuse(Invalid("jsonrpc must be \"2.0\""));
                    break;
                case Member.Id when IsNew(ref _hasId):
                    ReadId(ref reader);
                    break;
                case Member.Method when IsNew(ref _hasMethod):
                    ReadMethod(ref reader, router);
                    break;
                case Member.Params when IsNew(ref _hasParams):
                    ReadParams(ref reader);
                    break;
                case Member.Unknown:
                    Refuse(Invalid("a request has the members jsonrpc, id, method and params only"));
                    break;
                default:
                    Refuse(Refusals.InvalidJson.Because("duplicate member of a request"));
                    break;
            }

            reader.Skip();
        }

        public readonly Envelope Finish()
        {
            var refusal = _refusal switch
            {
                { } earlier => earlier,
                null when !_hasVersion => Invalid("jsonrpc is missing"),
                null when !_hasMethod => Invalid("method is missing"),
                null when !_hasParams => Invalid("params is missing"),
                null when !_hasId && !_mayOmitId => Invalid("id is missing"),
                null when _command is null => Refusals.UnknownMethod,
                _ => null,
            };
            return new Envelope(_id, refusal is null ? _command : null, _params, refusal);
        }

        private static Refusal Invalid(string detail) => Refusals.InvalidRequest.Because(detail);

        private static bool IsNew(ref bool seen)
        {
            var isNew = !seen;
            seen = true;
            return isNew;
        }

        private static Member NameOf(ref Utf8JsonReader reader) =>
            reader.ValueTextEquals("jsonrpc"u8) ? Member.Version
            : reader.ValueTextEquals("id"u8) ? Member.Id
            : reader.ValueTextEquals("method"u8) ? Member.Method
            : reader.ValueTextEquals("params"u8) ? Member.Params
            : Member.Unknown;

        private void ReadId(ref Utf8JsonReader reader)
        {
            var isValid = reader.TokenType switch
            {
                JsonTokenType.String => IsShort(ref reader),
                JsonTokenType.Number => reader.TryGetInt64(out _),
                _ => false,
            };
            if (!isValid)
            {
                Refuse(Invalid($"id must be a string of up to {MaxIdLength} characters or an integer"));
                return;
            }

            // Echoed as it came, in the escapes it came in.
            _id = reader.TokenType == JsonTokenType.Number ? reader.ValueSpan.ToArray() : [(byte)'"', .. reader.ValueSpan, (byte)'"'];
        }

        private readonly bool IsShort(ref Utf8JsonReader reader)
        {
            if (reader.ValueSpan.Length > MaxIdLength * LongestEscape) return false;
            if (!reader.ValueIsEscaped && reader.ValueSpan.Length <= MaxIdLength) return true;
            // The text is unsound, so the request is refused and its id could not be shown to anybody.
            if (_refusal is not null) return false;
            Span<char> text = stackalloc char[MaxIdLength * LongestEscape];
            return reader.CopyString(text) <= MaxIdLength;
        }

        private void ReadMethod(ref Utf8JsonReader reader, CommandRouter router)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                Refuse(Invalid("method must be a string"));
                return;
            }

            if (_refusal is not null || reader.ValueSpan.Length > CommandRouter.MaxNameLength) return;
            Span<char> text = stackalloc char[CommandRouter.MaxNameLength];
            var name = text[..reader.CopyString(text)];
            _command = router.Find(name);
            _mayOmitId = name.StartsWith("receipt.") || name.StartsWith("typing.");
        }

        private void ReadParams(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                Refuse(Invalid("params must be an object"));
                return;
            }

            var start = (int)reader.TokenStartIndex;
            if (WalkParams(ref reader) is { } refusal) Refuse(refusal);
            _params = start..(int)reader.BytesConsumed;
        }
    }

    private enum Member
    {
        Unknown,
        Version,
        Id,
        Method,
        Params,
    }
}

/// <summary>One request, read and not yet done.</summary>
/// <param name="Id">The bytes of its id as they came; null when it has none that can be answered.</param>
/// <param name="Command">What it asks; null when refused.</param>
/// <param name="Params">Where its params are within the item.</param>
/// <param name="Refusal">Why it will not be done; null when it may be.</param>
internal readonly record struct Envelope(byte[]? Id, Command? Command, Range Params, Refusal? Refusal);
