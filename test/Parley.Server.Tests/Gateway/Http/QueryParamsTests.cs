using System.Text;
using System.Text.Json.Nodes;
using Parley.Gateway;
using Parley.Tests.Contracts;

namespace Parley.Tests.Gateway;

public sealed class QueryParamsTests
{
    /// <summary>What a query says, and the JSON that a body would have been.</summary>
    [Theory]
    [InlineData("?conversation=0193f2a0-6c00-7000-8000-0000000000d1&after=3&limit=10", """{"conversation":"0193f2a0-6c00-7000-8000-0000000000d1","after":3,"limit":10}""")]
    [InlineData("after=-1&limit=0", """{"after":-1,"limit":0}""")]
    [InlineData("after=007&limit=1.5&before=-&from=--1&to=1e2", """{"after":"007","limit":"1.5","before":"-","from":"--1","to":"1e2"}""")]
    [InlineData("epoch=a+b%20c%2Bd%26e%3Df%25", """{"epoch":"a b c+d&e=f%"}""")]
    [InlineData("epoch=%F0%9F%8D%9C", """{"epoch":"\uD83C\uDF5C"}""")]
    [InlineData("epoch=a=b=", """{"epoch":"a=b="}""")]
    [InlineData("nobody=1", """{"nobody":"1"}""")]
    [InlineData("", "{}")]
    public void Values_take_the_type_of_their_member(string query, string json) => Assert.Equal(json, Read(query));

    [Theory]
    [InlineData("messages=a&upTo=1&messages=b", """{"messages":["a","b"],"upTo":1}""")]
    [InlineData("messages=a", """{"messages":["a"]}""")]
    public void A_list_is_its_name_again_and_again(string query, string json) =>
        Assert.Equal(json, Encoding.UTF8.GetString(QueryParams.Of(ProtocolJson.Strict.MarkRead)!.Read(query).Value!));

    [Fact]
    public void Params_with_records_in_them_cannot_be_said_in_a_query()
    {
        Assert.Null(QueryParams.Of(ProtocolJson.Strict.SyncConversations));
        Assert.Null(QueryParams.Of(ProtocolJson.Strict.SendMessage));
        Assert.Null(QueryParams.Of(ProtocolJson.Strict.CreateConversation));
        Assert.NotNull(QueryParams.Of(ProtocolJson.Strict.AddParticipants));
    }

    /// <summary>A type that is new to the wire must be known here too: else a query would say it as text, and the method refuse it.</summary>
    [Fact]
    public void Every_member_takes_from_a_query_what_the_schema_says_it_is()
    {
        var schema = JsonNode.Parse(ProtocolSchema.Generate())!;
        var looked = 0;
        foreach (var method in Wire.AllMethods)
        {
            if (QueryParams.Of(Wire.Strict(method.Params)) is not { } query) continue;
            foreach (var (name, form) in query.Members)
            {
                var expected = form switch
                {
                    QueryForm.Number => "integer",
                    QueryForm.Flag => "boolean",
                    QueryForm.Texts or QueryForm.Numbers => "array",
                    _ => "string",
                };
                Assert.Equal((method.Name, name, expected), (method.Name, name, KindOf(schema["$defs"]![method.Params.Name]!["properties"]![name]!)));
                looked++;
            }
        }

        Assert.InRange(looked, 20, int.MaxValue);

        string KindOf(JsonNode node) => node switch
        {
            _ when node["$ref"] is { } target => KindOf(schema["$defs"]![((string)target!).Split('/')[^1]]!),
            _ when node["anyOf"] is JsonArray choices => KindOf(choices[0]!),
            _ when node["enum"] is not null => "string",
            _ => node["type"] is JsonArray types ? (string)types[0]! : (string)node["type"]!,
        };
    }

    private static string Read(string query) => Encoding.UTF8.GetString(QueryParams.Of(ProtocolJson.Strict.ReadEntries)!.Read(query).Value!);
}
