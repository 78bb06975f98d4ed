using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Parley.Delivery;
using Parley.Gateway;
using Parley.Storage;

namespace Parley.Tests.Contracts;

/// <summary>The records read and write the golden frames without a difference; and there is one for everything of the wire.</summary>
public class VectorTests
{
    public static IEnumerable<TheoryDataRow<string>> Events => Vectors.NamesIn("events");

    public static IEnumerable<TheoryDataRow<string>> MethodVectors => Vectors.NamesIn("methods");

    public static IEnumerable<TheoryDataRow<string>> Notifications => Vectors.NamesIn("notifications");

    public static IEnumerable<TheoryDataRow<string>> RefusalVectors => Vectors.NamesIn("refusals");

    public static IEnumerable<TheoryDataRow<string>> ProblemVectors => Vectors.NamesIn("problems");

    public static IEnumerable<TheoryDataRow<string>> NewerVectors => Vectors.NamesIn("newer");

    public static IEnumerable<TheoryDataRow<string>> InvalidParams =>
        Vectors.NamesIn("invalid").Where(row => (string)Vectors.Find("invalid", row.Data)["refusal"]! is "invalid_params" or "unknown_field");

    [Theory, MemberData(nameof(Events))]
    public void An_entry_is_written_as_it_was_read(string name)
    {
        var vector = Vectors.Find("events", name);

        var entry = (LogEntry)AssertSame(vector["entry"]!, Wire.Lenient(typeof(LogEntry)));

        Assert.Equal((string)vector["type"]!, entry.Event.Type);
        Assert.Equal((bool?)vector["unknown"] ?? false, entry.Event is UnknownEvent);
    }

    [Theory, MemberData(nameof(Events))]
    public void An_entry_that_was_encoded_once_is_the_same_text(string name)
    {
        var json = Vectors.Find("events", name)["entry"]!;
        var entry = (LogEntry)json.Deserialize(Wire.Lenient(typeof(LogEntry)))!;

        var encoded = new EncodedEntry(new ConversationKey(new AppId(1), entry.Conversation), entry.Sequence, entry.At,
            JsonSerializer.SerializeToUtf8Bytes(entry.Event, Wire.Lenient(typeof(ConversationEvent))));

        Assert.Equal(Vectors.Compact(json), Encoding.UTF8.GetString(encoded.Json.Span));
        Assert.Equal(Vectors.Compact(json), Encoding.UTF8.GetString(JsonBytes.Write(encoded, static (writer, one) => one.WriteTo(writer))));
        Assert.Equal(encoded.Json.Length, encoded.Length);
        Assert.Equal($$"""{"jsonrpc":"2.0","method":"entry","params":{{Vectors.Compact(json)}}}""", Encoding.UTF8.GetString(encoded.Notification.Span));
    }

    [Theory, MemberData(nameof(MethodVectors))]
    public void A_request_and_its_answer_are_written_as_they_were_read(string name)
    {
        var vector = Vectors.Find("methods", name);
        var method = Wire.Find((string)vector["method"]!);

        Assert.Equal(["jsonrpc", "id", "method", "params"], NamesOf(vector["request"]!));
        Assert.Equal(["jsonrpc", "id", "result"], NamesOf(vector["answer"]!));
        Assert.Equal(method.Name, (string)vector["request"]!["method"]!);
        Assert.Equal(Vectors.Compact(vector["request"]!["id"]!), Vectors.Compact(vector["answer"]!["id"]!));
        AssertSame(vector["request"]!["params"]!, Wire.Strict(method.Params));
        AssertSame(vector["answer"]!["result"]!, Wire.Lenient(method.Result));
    }

    [Theory, MemberData(nameof(Notifications))]
    public void A_notification_is_written_as_it_was_read(string name)
    {
        var vector = Vectors.Find("notifications", name);
        var frame = vector["notification"]!;

        Assert.Equal(["jsonrpc", "method", "params"], NamesOf(frame));
        Assert.Equal((string)vector["method"]!, (string)frame["method"]!);
        AssertSame(frame["params"]!, Wire.Lenient(Wire.AllNotifications.Single(one => one.Name == (string)frame["method"]!).Params));
    }

    [Theory, MemberData(nameof(RefusalVectors))]
    public void A_refusal_is_its_row_of_the_catalogue(string name)
    {
        var vector = Vectors.Find("refusals", name);
        var error = vector["answer"]!["error"]!;
        var row = Refusals.Find((string)vector["refusal"]!)!;

        Assert.Equal(["jsonrpc", "id", "error"], NamesOf(vector["answer"]!));
        Assert.Equal(["code", "message", "data"], NamesOf(error));
        Assert.Equal("code", NamesOf(error["data"]!).First());
        Assert.Empty(NamesOf(error["data"]!).Except(["code", "retryAfterMs", "detail"]));
        Assert.Equal((row.Code, row.Number, row.Meaning, row.Status),
            ((string)error["data"]!["code"]!, (int)error["code"]!, (string)error["message"]!, (int)vector["status"]!));
    }

    [Theory, MemberData(nameof(ProblemVectors))]
    public void A_problem_is_written_as_its_row_of_the_catalogue(string name)
    {
        var vector = Vectors.Find("problems", name);
        var problem = vector["problem"]!;
        var refusal = Refusals.Find((string)vector["refusal"]!)! with
        {
            Detail = (string?)problem["detail"],
            RetryAfter = problem["retryAfterMs"] is { } wait ? TimeSpan.FromMilliseconds((long)wait) : null,
        };

        Assert.Equal(Vectors.Compact(problem), Encoding.UTF8.GetString(Problem.Write(refusal).Span));
        Assert.Equal((long?)vector["retryAfter"], refusal.RetryAfter is { } time ? Problem.Seconds(time) : null);
    }

    [Theory, MemberData(nameof(NewerVectors))]
    public void A_client_reads_what_it_knows_of_a_newer_server(string name)
    {
        var vector = Vectors.Find("newer", name);
        var method = (string)vector["method"]!;
        var record = Wire.Lenient(vector.ContainsKey("result") ? Wire.Find(method).Result : Wire.AllNotifications.Single(one => one.Name == method).Params);

        var read = JsonSerializer.Deserialize(Vectors.Compact(vector["result"] ?? vector["params"]!), record);

        Assert.Equal(Vectors.Compact(vector["read"]!), JsonSerializer.Serialize(read, record));
    }

    [Theory, MemberData(nameof(InvalidParams))]
    public void Params_that_are_invalid_are_not_read(string name)
    {
        var frame = JsonNode.Parse((string)Vectors.Find("invalid", name)["text"]!)!;
        var method = Wire.Find((string)frame["method"]!);

        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(frame["params"]!.ToJsonString(), Wire.Strict(method.Params)));
    }

    [Fact]
    public void Everything_of_the_wire_has_a_vector()
    {
        Assert.Equal(EventTypes.Names.Order(), MembersOf("events", "type").Except(["message.pinned"]).Order());
        Assert.Equal(Wire.AllMethods.Select(method => method.Name).Order(), MembersOf("methods", "method").Order());
        Assert.Equal(Wire.AllNotifications.Select(notification => notification.Name).Order(), MembersOf("notifications", "method").Order());
        Assert.Equal(Refusals.All.Select(refusal => refusal.Code).Order(), MembersOf("refusals", "refusal").Order());
    }

    [Fact]
    public void Every_name_of_the_wire_is_a_method_or_a_notification()
    {
        var names = typeof(Methods).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

        Assert.Equal(names.Order(), Wire.AllMethods.Select(method => method.Name).Concat(Wire.AllNotifications.Select(one => one.Name)).Order());
    }

    [Theory]
    [InlineData("events")]
    [InlineData("methods")]
    [InlineData("notifications")]
    [InlineData("refusals")]
    [InlineData("problems")]
    [InlineData("invalid")]
    [InlineData("newer")]
    public void Vectors_have_names_of_their_own(string file)
    {
        var names = Vectors.Read(file).Select(vector => (string)vector["name"]!).ToList();

        Assert.Distinct(names);
        Assert.NotEmpty(names);
    }

    [Fact]
    public void Every_refusal_of_an_invalid_frame_is_in_the_catalogue() =>
        Assert.All(MembersOf("invalid", "refusal"), code => Assert.NotNull(Refusals.Find(code)));

    private static IEnumerable<string> MembersOf(string file, string member) => Vectors.Read(file).Select(vector => (string)vector[member]!).Distinct();

    private static IEnumerable<string> NamesOf(JsonNode json) => json.AsObject().Select(member => member.Key);

    private static object AssertSame(JsonNode json, JsonTypeInfo record)
    {
        var text = Vectors.Compact(json);
        var value = JsonSerializer.Deserialize(text, record)!;
        Assert.Equal(text, JsonSerializer.Serialize(value, record));
        return value;
    }
}
