using System.Diagnostics;
using System.Text;
using Parley.Gateway;
using static Parley.Refusals;

namespace Parley.Tests.Gateway;

public sealed class RequestReadingTests
{
    private static readonly string Uuid = $"\"{Guid.NewGuid()}\"";
    private static readonly CommandRouter Router = MakeRouter();

    public static TheoryData<string, string, string?> Refused => new()
    {
        // What comes, the refusal, the id that is answered.
        { "", InvalidJson.Code, null },
        { " ", InvalidJson.Code, null },
        { "{", InvalidJson.Code, null },
        { "\ufeff" + Request(), InvalidJson.Code, null },
        { Request() + "x", InvalidJson.Code, null },
        { Request() + Request(), InvalidJson.Code, null },
        { Request(parameters: "{\"a\":NaN}"), InvalidJson.Code, null },
        { Request(parameters: "{\"a\":1,}"), InvalidJson.Code, null },
        { Request(parameters: "{\"a\":/**/1}"), InvalidJson.Code, null },
        { Request(parameters: "{'a':1}"), InvalidJson.Code, null },
        { Request(parameters: "{\"a\":01}"), InvalidJson.Code, null },
        { Request(parameters: "{\"a\":\"\t\"}"), InvalidJson.Code, null },
        { Request(parameters: "{\"a\":\"\\x\"}"), InvalidJson.Code, null },
        { Request(parameters: "{\"a\":\"\\u12\"}"), InvalidJson.Code, null },
        { Request(parameters: $"{{\"a\":{new string('[', 33)}{new string(']', 33)}}}"), InvalidJson.Code, null },
        { Request(parameters: "{\"a\":\"\\u0000\"}"), InvalidJson.Code, "1" },
        { Request(parameters: "{\"\\u0000\":1}"), InvalidJson.Code, "1" },
        { Request(parameters: "{\"a\":\"\\ud800\"}"), InvalidJson.Code, "1" },
        { Request(parameters: "{\"a\":\"\\ud800\\u0041\"}"), InvalidJson.Code, "1" },
        { Request(parameters: "{\"a\":\"\\ud83d \\ude00\"}"), InvalidJson.Code, "1" },
        { Request(parameters: "{\"a\":\"\\uDE00\"}"), InvalidJson.Code, "1" },
        { Request(id: "\"\\ud800\""), InvalidJson.Code, null },
        { Request(method: "\"\\ud800\""), InvalidJson.Code, "1" },
        { "{\"\\ud800\":1," + Request()[1..], InvalidJson.Code, "1" },
        { "1", InvalidRequest.Code, null },
        { "null", InvalidRequest.Code, null },
        { "\"x\"", InvalidRequest.Code, null },
        { "{}", InvalidRequest.Code, null },
        { Request(version: "\"1.0\""), InvalidRequest.Code, "1" },
        { Request(version: "2.0"), InvalidRequest.Code, "1" },
        { Request(method: "5"), InvalidRequest.Code, "1" },
        { Request(method: "null"), InvalidRequest.Code, "1" },
        { Request(parameters: "[]"), InvalidRequest.Code, "1" },
        { Request(parameters: "null"), InvalidRequest.Code, "1" },
        { Request(id: "null"), InvalidRequest.Code, null },
        { Request(id: "1.5"), InvalidRequest.Code, null },
        { Request(id: "1e3"), InvalidRequest.Code, null },
        { Request(id: "9223372036854775808"), InvalidRequest.Code, null },
        { Request(id: "true"), InvalidRequest.Code, null },
        { Request(id: "{}"), InvalidRequest.Code, null },
        { Request(id: $"\"{new string('x', 65)}\""), InvalidRequest.Code, null },
        { """{"jsonrpc":"2.0","method":"message.send","params":{}}""", InvalidRequest.Code, null },
        { """{"jsonrpc":"2.0","id":1,"method":"message.send"}""", InvalidRequest.Code, "1" },
        { """{"jsonrpc":"2.0","id":1,"result":{}}""", InvalidRequest.Code, "1" },
        { """{"jsonrpc":"2.0","id":1,"app":"other","method":"message.send","params":{}}""", InvalidRequest.Code, "1" },
        { """{"Jsonrpc":"2.0","id":1,"method":"message.send","params":{}}""", InvalidRequest.Code, "1" },
        { """{"jsonrpc":"2.0","id":1,"id":2,"method":"message.send","params":{}}""", InvalidJson.Code, "1" },
        { """{"jsonrpc":"2.0","id":1,"\u0069d":2,"method":"message.send","params":{}}""", InvalidJson.Code, "1" },
        { """{"jsonrpc":"2.0","id":1,"method":"message.send","method":"message.send","params":{}}""", InvalidJson.Code, "1" },
        { """{"jsonrpc":"2.0","id":1,"method":"message.send","params":{},"params":{}}""", InvalidJson.Code, "1" },
        { Request(method: "\"no.such\""), UnknownMethod.Code, "1" },
        { Request(method: "\"Message.send\""), UnknownMethod.Code, "1" },
        { Request(method: $"\"{new string('m', 10_000)}\""), UnknownMethod.Code, "1" },
        { Request(parameters: "{\"a\":[null]}"), InvalidParams.Code, "1" },
    };

    public static TheoryData<string, string> BadParams => new()
    {
        { Message(extra: ",\"sender\":\"bob\""), "unknown_field $.sender" },
        { Message(extra: ",\"Conversation\":1"), "unknown_field $.Conversation" },
        { Message(content: "{\"parts\":[{\"type\":\"text/plain\",\"body\":\"x\",\"od d\":1}]}"), "unknown_field $.content.parts[0]['od d']" },
        { Message(conversation: "\"x\""), "invalid_params $.conversation: expected a UUID as 36 characters" },
        { Message(conversation: "1"), "invalid_params $.conversation: expected a UUID as 36 characters" },
        { Message(conversation: "null"), "invalid_params $.conversation: expected a UUID as 36 characters" },
        { Message(content: "{}"), "invalid_params $.content: parts is missing" },
        { Message(content: "{\"parts\":[{\"body\":\"secret\"}]}"), "invalid_params $.content.parts[0]: type is missing" },
        { Message(content: "{\"parts\":[{\"type\":\"secret\",\"body\":5}]}"), "invalid_params $.content.parts[0].body: has the wrong type or value" },
        { Message(content: "[]"), "invalid_params $.content: has the wrong type or value" },
        { $"{{\"message\":{Uuid},\"content\":{{\"parts\":[]}}}}", "invalid_params $: conversation is missing" },
        { "{}", "invalid_params $: conversation is missing" },
        { Message(extra: $",\"conversation\":{Uuid}"), "invalid_json duplicate member" },
        { Message(content: "{\"parts\":[],\"p\\u0061rts\":[]}"), "invalid_json duplicate member" },
    };

    [Theory, Trait("Row", "JS-01"), Trait("Row", "JS-02"), Trait("Row", "JS-04"), Trait("Row", "TX-02")]
    [MemberData(nameof(Refused))]
    public void What_is_no_request_is_refused_under_its_id_when_it_has_one(string json, string code, string? id)
    {
        var envelope = Frames.Read(Encoding.UTF8.GetBytes(json), Router);

        Assert.Equal(code, envelope.Refusal?.Code);
        Assert.Equal(id, envelope.Id is null ? null : Encoding.UTF8.GetString(envelope.Id));
    }

    [Theory, Trait("Row", "ID-06"), Trait("Row", "IN-01"), Trait("Row", "TE-03")]
    [MemberData(nameof(BadParams))]
    public void Bad_params_are_refused_with_the_place_and_the_reason_and_never_with_what_was_said(string parameters, string refusal)
    {
        var parsed = Command.Parse(Encoding.UTF8.GetBytes(parameters), ProtocolJson.Strict.SendMessage);

        Assert.Equal(refusal, $"{parsed.Refusal?.Code} {parsed.Refusal?.Detail}");
        Assert.DoesNotContain("secret", parsed.Refusal!.Detail, StringComparison.Ordinal);
    }

    [Theory, Trait("Row", "IN-01"), Trait("Row", "IN-02")]
    [InlineData("\"limit\":1.5")]
    [InlineData("\"limit\":\"10\"")]
    [InlineData("\"limit\":4294967296")]
    [InlineData("\"limit\":1e999")]
    [InlineData("\"limit\":10,\"limit\":11")]
    [InlineData("\"after\":-1")]
    [InlineData("\"after\":9007199254740992")]
    [InlineData("\"after\":9223372036854775808")]
    [InlineData("\"after\":\"1\"")]
    [InlineData("\"after\":1.5")]
    [InlineData("\"after\":true")]
    public void Numbers_that_are_none_are_refused(string member)
    {
        var parsed = Command.Parse(Encoding.UTF8.GetBytes($"{{\"conversation\":{Uuid},{member}}}"), ProtocolJson.Strict.ReadEntries);
        Assert.NotNull(parsed.Refusal);
    }

    [Theory]
    [InlineData("1"), InlineData("-9223372036854775808"), InlineData("\"\""), InlineData("\"a\\u0062\\n\"")]
    [InlineData("\"\\ud83d\\ude00\"")]
    public void An_id_is_echoed_as_it_came(string id)
    {
        var envelope = Frames.Read(Encoding.UTF8.GetBytes(Request(id: id)), Router);
        Assert.Null(envelope.Refusal);
        Assert.Equal(id, Encoding.UTF8.GetString(envelope.Id!));
    }

    [Fact]
    public void An_id_may_have_64_characters_however_they_are_written()
    {
        var escaped = string.Concat(Enumerable.Repeat("\\u00e9", 64));
        Assert.Null(Frames.Read(Encoding.UTF8.GetBytes(Request(id: $"\"{escaped}\"")), Router).Refusal);
        Assert.NotNull(Frames.Read(Encoding.UTF8.GetBytes(Request(id: $"\"{escaped}x\"")), Router).Refusal);
        Assert.Null(Frames.Read(Encoding.UTF8.GetBytes(Request(id: $"\"{new string('é', 64)}\"")), Router).Refusal);
        Assert.NotNull(Frames.Read(Encoding.UTF8.GetBytes(Request(id: $"\"{new string('é', 65)}\"")), Router).Refusal);
    }

    [Fact]
    public void Names_and_methods_may_be_escaped_and_members_come_in_any_order()
    {
        var envelope = Frames.Read(
            """ {"params":{"x":{"id":5}},"\u006dethod":"message\u002esend","jsonrpc":"2.0","id":1} """u8, Router);
        Assert.Null(envelope.Refusal);
        Assert.Equal("message.send", envelope.Command!.Name);
    }

    [Theory, Trait("Row", "TX-02")]
    [InlineData("\\\\u0000", true), InlineData("\\\\\\u0000", false), InlineData("\\ud83d\\ude00", true), InlineData("\\n\\\"\\u0001", true)]
    [InlineData("\\ud83d\\\\ude00", false), InlineData("\\uD83D\\uDE00\\u0041", true)]
    public void Only_escapes_that_are_escapes_count(string text, bool isSound) =>
        Assert.Equal(isSound, Frames.Read(Encoding.UTF8.GetBytes(Request(parameters: $"{{\"a\":\"{text}\"}}")), Router).Refusal is null);

    [Theory, Trait("Row", "JS-01")]
    [InlineData("["), InlineData("{\"a\":"), InlineData("[{\"a\":")]
    public void Endless_depth_is_refused_at_once(string open)
    {
        var frame = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, 20_000)));
        Frames.Read(frame, Router);
        var watch = Stopwatch.StartNew();
        var refusal = Frames.Split(frame, out _) ?? Frames.Read(frame, Router).Refusal;
        Assert.Equal(InvalidJson, refusal);
        Assert.True(watch.Elapsed < TimeSpan.FromMilliseconds(100));
    }

    [Fact, Trait("Row", "JS-01")]
    public void Thirty_two_levels_are_taken_and_one_more_is_not()
    {
        // The request and its params are the first two levels.
        Assert.Null(Frames.Read(Encoding.UTF8.GetBytes(Request(parameters: $"{{\"a\":{new string('[', 30)}{new string(']', 30)}}}")), Router).Refusal);
        Assert.NotNull(Frames.Read(Encoding.UTF8.GetBytes(Request(parameters: $"{{\"a\":{new string('[', 31)}{new string(']', 31)}}}")), Router).Refusal);
    }

    [Fact]
    public void An_array_is_split_into_its_requests()
    {
        var frame = Encoding.UTF8.GetBytes($" [ {Request()} , 5,[1] ] ");
        Assert.Null(Frames.Split(frame, out var items));
        Assert.Equal([Request(), "5", "[1]"], items!.Select(item => Encoding.UTF8.GetString(frame[item])));
    }

    [Theory, Trait("Row", "JS-05")]
    [InlineData(0), InlineData(101), InlineData(30_000)]
    public void An_array_of_none_or_too_many_is_refused_as_a_whole(int count)
    {
        var frame = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("{}", count)) + "]");
        Assert.Equal(InvalidRequest, Frames.Split(frame, out _));
    }

    private static string Request(string version = "\"2.0\"", string id = "1", string method = "\"message.send\"", string parameters = "{}") =>
        $$"""{"jsonrpc":{{version}},"id":{{id}},"method":{{method}},"params":{{parameters}}}""";

    private static string Message(string? conversation = null, string content = "{\"parts\":[]}", string extra = "") =>
        $$"""{"conversation":{{conversation ?? Uuid}},"message":{{Uuid}},"content":{{content}}{{extra}}}""";

    private static CommandRouter MakeRouter()
    {
        var router = new CommandRouter();
        router.Append(Methods.SendMessage, ProtocolJson.Strict.SendMessage, ProtocolJson.Lenient.LogEntry, (_, _, _) => { });
        return router;
    }
}
