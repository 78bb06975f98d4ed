using System.Text;
using System.Text.Json;

namespace Parley.Client.Tests.Connections;

public sealed class FramesTests
{
    [Fact]
    public void An_array_is_read_as_its_items_and_members_of_a_newer_server_are_passed_over()
    {
        var items = Read("""
            [{"jsonrpc":"2.0","trace":{"a":[1]},"result":{"x":1},"id":7},
             {"jsonrpc":"2.0","method":"entry","params":{"y":2}},
             {"id":8,"error":{"code":4040,"message":"gone","data":{"code":"not_found"}}}]
            """);

        Assert.Equal([(IncomingKind.Answer, 7, ""), (IncomingKind.Notification, 0, "entry"), (IncomingKind.Refusal, 8, "")],
            items.Select(item => (item.Kind, item.Id, item.Method)));
        Assert.Equal("""{"x":1}""", Encoding.UTF8.GetString(items[0].Body.Span));
        Assert.Equal("""{"y":2}""", Encoding.UTF8.GetString(items[1].Body.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"id\":")]
    [InlineData("hello")]
    public void What_is_no_frame_is_an_error(string text) => Assert.ThrowsAny<JsonException>(() => Read(text));

    [Fact]
    public void A_refusal_is_the_row_of_the_catalogue_with_its_details()
    {
        var refusal = Refusal("""{"code":4290,"message":"slow down","data":{"code":"rate_limited","retryAfterMs":1500,"detail":"sends"}}""");

        Assert.Equal(Refusals.RateLimited, refusal);
        Assert.Equal((RetryPolicy.Later, TimeSpan.FromSeconds(1.5), "sends"), (refusal.Retry, refusal.RetryAfter, refusal.Detail));
    }

    [Fact]
    public void A_refusal_of_a_newer_server_may_be_tried_again_when_it_says_when()
    {
        Assert.Equal(RetryPolicy.Never, Refusal("""{"code":4999,"message":"new","data":{"code":"brand_new"}}""").Retry);
        Assert.Equal(RetryPolicy.Later, Refusal("""{"code":4999,"message":"new","data":{"code":"brand_new","retryAfterMs":1}}""").Retry);
        Assert.Equal("not_found", Refusal("""{"code":4040,"message":"without data"}""").Code);
    }

    private static List<Incoming> Read(string json) => Frames.Read(Encoding.UTF8.GetBytes(json));

    private static Refusal Refusal(string json) => Frames.ReadRefusal(Encoding.UTF8.GetBytes(json));
}
