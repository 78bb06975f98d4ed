using System.Text.Json;

namespace Parley.Tests.Contracts;

public class CustomDataTests
{
    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"\u0061":1}""")]
    [InlineData("""{"b":{"c":{"a":1,"a":1}}}""")]
    [InlineData("""{"b":[1,[{"a":null,"x":0,"a":null}]]}""")]
    public void A_member_named_twice_is_refused_at_any_depth_whichever_way_it_comes(string json)
    {
        using var document = JsonDocument.Parse(json);

        Assert.Throws<JsonException>(() => CustomData.Parse(json));
        Assert.Throws<JsonException>(() => CustomData.Of(document.RootElement));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, ProtocolJson.Lenient.CustomData));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, ProtocolJson.Strict.CustomData));
    }

    [Theory]
    [InlineData("""{"a":1,"A":2,"á":3}""")]
    [InlineData("""{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}""")]
    [InlineData("{}")]
    public void What_is_named_once_in_its_object_is_kept_as_it_is(string json) => Assert.Equal(json, CustomData.Parse(json).Json);
}
