using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Tests.Contracts;

/// <summary>JSON Schema of the wire, from the records: one definition per record, and which of them each method carries.</summary>
/// <remarks>
/// Requests are closed, as the server reads them; everything else is open, as a client must read it. A member that is null is left
/// out when written and may be null when read. Descriptions are the doc comments.
/// </remarks>
internal sealed class ProtocolSchema
{
    private const string Definitions = "#/$defs/";

    private static readonly Type[] Events =
        [.. typeof(ConversationEvent).Assembly.GetExportedTypes().Where(type => type.BaseType == typeof(ConversationEvent) && type != typeof(UnknownEvent))];

    /// <summary>Types that are one JSON value; their converters know the form, the serializer does not.</summary>
    private static readonly Dictionary<Type, JsonObject> Values = new()
    {
        [typeof(UserId)] = Text(UserPattern(UserId.MaxLength)),
        [typeof(DeviceId)] = Text(UserPattern(DeviceId.MaxLength)),
        [typeof(ConversationId)] = Uuid(),
        [typeof(MessageId)] = Uuid(),
        [typeof(CommandId)] = Uuid(),
        [typeof(ContentId)] = Text("^[0-9a-f]{32}$"),
        [typeof(UploadState)] = new() { ["enum"] = Names(NamesOf(unknown: UploadState.Unknown)) },
        [typeof(Sequence)] = new() { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = Sequence.MaxValue },
        [typeof(Permissions)] = new() { ["type"] = "array", ["items"] = new JsonObject { ["enum"] = Names(NamesOf(unknown: Permissions.None)) }, ["uniqueItems"] = true },
        [typeof(ConversationKind)] = new() { ["enum"] = Names(NamesOf(unknown: ConversationKind.Unknown)) },
        [typeof(ContentKind)] = new() { ["enum"] = Names(NamesOf(unknown: ContentKind.Unknown)) },
        [typeof(HistoryVisibility)] = new() { ["enum"] = Names(NamesOf(unknown: HistoryVisibility.Unknown)) },
        [typeof(CreationOutcome)] = new() { ["enum"] = Names(NamesOf(unknown: CreationOutcome.Unknown)) },
        [typeof(ParticipantList)] = new() { ["enum"] = Names(NamesOf(unknown: ParticipantList.Unknown)) },
        [typeof(MessagePriority)] = new() { ["enum"] = Names(NamesOf(unknown: MessagePriority.Unknown)) },
        [typeof(PendingState)] = new() { ["enum"] = Names(NamesOf(unknown: PendingState.Unknown)) },
        [typeof(CustomData)] = new() { ["type"] = "object" },
        [typeof(UserStatus)] = new() { ["enum"] = Names(NamesOf(unknown: UserStatus.Unknown)) },
        [typeof(UserList)] = new() { ["enum"] = Names(NamesOf(unknown: UserList.Unknown)) },
        [typeof(ContactState)] = new() { ["enum"] = Names(NamesOf(unknown: ContactState.Unknown)) },
        [typeof(ContactChange)] = new() { ["enum"] = Names(NamesOf(unknown: ContactChange.Unknown)) },
        [typeof(RecipientState)] = new() { ["enum"] = Names(NamesOf(unknown: RecipientState.Unknown)) },
        [typeof(SyncStatus)] = new() { ["enum"] = Names(NamesOf(unknown: SyncStatus.Unknown)) },
        [typeof(WordAction)] = new() { ["enum"] = Names(NamesOf(unknown: WordAction.Unknown)) },
        [typeof(WordListSource)] = new() { ["enum"] = Names(NamesOf(unknown: WordListSource.Unknown)) },
        [typeof(ReportReason)] = new() { ["enum"] = Names(NamesOf(unknown: ReportReason.Unknown)) },
        [typeof(ReportState)] = new() { ["enum"] = Names(NamesOf(unknown: ReportState.Unknown)) },
        [typeof(PresenceStatus)] = new() { ["enum"] = Names(NamesOf(unknown: PresenceStatus.Unknown)) },
        [typeof(TypingState)] = new() { ["enum"] = Names(NamesOf(unknown: TypingState.Unknown)) },
    };

    private readonly SortedDictionary<string, JsonNode> _definitions = new(StringComparer.Ordinal);

    public static string Generate()
    {
        var schema = new ProtocolSchema();
        var methods = new JsonObject(Wire.AllMethods.Select(method => KeyValuePair.Create(method.Name, (JsonNode?)new JsonObject
        {
            ["params"] = schema.Reference(method.Params),
            ["result"] = schema.Reference(method.Result),
        })));
        var notifications = new JsonObject(Wire.AllNotifications.Select(one =>
            KeyValuePair.Create(one.Name, (JsonNode?)new JsonObject { ["params"] = schema.Reference(one.Params) })));
        schema._definitions["Error"] = Error();

        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "The Parley protocol",
            ["description"] = "Generated from the records of Parley.Protocol: do not edit. methods and notifications say which definition each carries.",
            ["methods"] = methods,
            ["notifications"] = notifications,
            ["error"] = new JsonObject { ["$ref"] = Definitions + "Error" },
            ["$defs"] = new JsonObject(schema._definitions.Select(definition => KeyValuePair.Create(definition.Key, (JsonNode?)definition.Value))),
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = ProtocolJson.Lenient.Options.Encoder });
    }

    private JsonObject Reference(Type type)
    {
        if (!_definitions.ContainsKey(type.Name))
        {
            _definitions[type.Name] = false;   // so that a type that holds itself ends
            _definitions[type.Name] = Describe(Define(type), DocComments.Summary(type));
        }

        return new JsonObject { ["$ref"] = Definitions + type.Name };
    }

    private JsonObject Define(Type type)
    {
        if (Values.TryGetValue(type, out var value)) return (JsonObject)value.DeepClone();
        if (type == typeof(ConversationEvent)) return AnyEvent();

        var members = Wire.Lenient(type).Properties.Where(member => member.Get is not null).ToArray();
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(members.Select(member => KeyValuePair.Create(member.Name, (JsonNode?)Member(type, member)))),
            ["required"] = Names(members.Where(IsRequired).Select(member => member.Name)),
        };
        if (Wire.AllMethods.Any(method => method.Params == type)) schema["additionalProperties"] = false;
        return schema;
    }

    private JsonObject Member(Type owner, JsonPropertyInfo member)
    {
        if (IsType(member)) return new JsonObject { ["const"] = NameOf(owner) };

        var schema = Of(Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType);
        if (IsNullable(member))
        {
            if ((string?)schema["type"] is { } name) schema["type"] = Names([name, "null"]);
            else schema = new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };
        }

        if (member.AssociatedParameter is { HasDefaultValue: true, DefaultValue: bool flag }) schema["default"] = flag;
        return Describe(schema, DocComments.Parameter(member));
    }

    private JsonObject Of(Type type)
    {
        if (Values.ContainsKey(type)) return Reference(type);
        // Data of the app's own.
        if (type == typeof(JsonElement)) return new JsonObject { ["type"] = "object" };
        if (type == typeof(string)) return new JsonObject { ["type"] = "string" };
        if (type == typeof(bool)) return new JsonObject { ["type"] = "boolean" };
        if (type == typeof(int) || type == typeof(long)) return new JsonObject { ["type"] = "integer" };
        if (type == typeof(Guid)) return Uuid();
        if (type == typeof(IReadOnlyDictionary<string, string>))
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "string" } };
        if (type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(type.GenericTypeArguments[1]) };
        if (type == typeof(DateTimeOffset)) return new JsonObject { ["type"] = "string", ["format"] = "date-time" };
        if (type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return new JsonObject { ["type"] = "array", ["items"] = Of(type.GenericTypeArguments[0]) };
        return type.Assembly == typeof(SendMessage).Assembly && !type.IsEnum && !type.IsValueType
            ? Reference(type)
            : throw new NotSupportedException($"{type} needs a form in {nameof(Values)}.");
    }

    private JsonObject AnyEvent()
    {
        var known = Events.OrderBy(NameOf, StringComparer.Ordinal).Select(one => (JsonNode)Reference(one));
        var unknown = new JsonObject
        {
            ["description"] = "An event of a newer server: keep its place in the log.",
            ["type"] = "object",
            ["properties"] = new JsonObject { ["type"] = new JsonObject { ["type"] = "string", ["not"] = new JsonObject { ["enum"] = Names(EventTypes.Names.Order(StringComparer.Ordinal)) } } },
            ["required"] = Names(["type"]),
        };
        return new JsonObject { ["oneOf"] = new JsonArray([.. known, unknown]) };
    }

    private static bool IsType(JsonPropertyInfo member) => member.AssociatedParameter is null && member.Name == "type";

    private static bool IsNullable(JsonPropertyInfo member) =>
        // What refuses null says so by its converter.
        member.CustomConverter?.GetType().Name == "ExtConverter" ? false
        : member.PropertyType.IsValueType ? Nullable.GetUnderlyingType(member.PropertyType) is not null : member.IsGetNullable && !IsType(member);

    private static bool IsRequired(JsonPropertyInfo member) =>
        !IsNullable(member) && member.AssociatedParameter is not { HasDefaultValue: true };

    private static string NameOf(Type @event) =>
        EventTypes.Names.Single(name => JsonSerializer.Deserialize($$"""{"type":"{{name}}"}""", Wire.Lenient(typeof(ConversationEvent)))!.GetType() == @event);

    private static JsonObject Error() => new()
    {
        ["description"] = "Why the server will not do what it understood; docs/protocol/refusals.md is the list.",
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["code"] = new JsonObject { ["type"] = "integer" },
            ["message"] = new JsonObject { ["type"] = "string" },
            ["data"] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject
                {
                    ["code"] = new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = Names(Refusals.All.Select(row => row.Code)) }, new JsonObject { ["type"] = "string" }) },
                    ["retryAfterMs"] = new JsonObject { ["type"] = "integer", ["minimum"] = 0 },
                    ["detail"] = new JsonObject { ["type"] = "string" },
                },
                ["required"] = Names(["code"]),
            },
        },
        ["required"] = Names(["code", "message", "data"]),
    };

    private static JsonObject Describe(JsonObject schema, string comment)
    {
        if (comment.Length > 0 && !schema.ContainsKey("description")) schema.Insert(0, "description", comment);
        return schema;
    }

    private static JsonObject Text(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    private static JsonObject Uuid() => new() { ["type"] = "string", ["format"] = "uuid" };

    private static string UserPattern(int maxLength)
    {
        var allowed = Enumerable.Range(' ', 95).Select(code => (char)code).Where(character => UserId.IsValid($"x{character}"));
        var letters = string.Concat(allowed.Select(character => character is ']' or '^' or '-' or '[' ? $"\\{character}" : $"{character}"));
        return $"^(?!\\.{{1,2}}$)[{letters}]{{1,{maxLength}}}$";
    }

    private static IEnumerable<string> NamesOf<T>(T unknown)
        where T : struct, Enum =>
        Enum.GetValues<T>().Where(one => !one.Equals(unknown)).Select(one => JsonNamingPolicy.CamelCase.ConvertName(one.ToString()));

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => (JsonNode)name)]);
}
