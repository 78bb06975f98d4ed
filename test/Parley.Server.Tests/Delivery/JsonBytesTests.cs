using System.Text;
using Parley.Delivery;

namespace Parley.Tests.Delivery;

public sealed class JsonBytesTests
{
    [Fact]
    public void What_is_written_later_changes_nothing_that_was_written_before()
    {
        var first = Text("one");
        var second = Text("two");

        Assert.Equal("\"one\"", Encoding.UTF8.GetString(first));
        Assert.Equal("\"two\"", Encoding.UTF8.GetString(second));
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(1_000_000)]
    public void After_something_large_comes_something_small(int length)
    {
        Assert.Equal(length + 2, Text(new string('x', length)).Length);
        Assert.Equal("\"small\"", Encoding.UTF8.GetString(Text("small")));
    }

    [Fact]
    public void Of_a_write_that_failed_halfway_nothing_is_in_the_next()
    {
        // The thread has a buffer from then on.
        Text("before");

        Assert.Throws<InvalidOperationException>(() => JsonBytes.Write("half", static (writer, text) =>
        {
            writer.WriteStringValue(text);
            writer.Flush();
            throw new InvalidOperationException("the other half");
        }));

        Assert.Equal("\"whole\"", Encoding.UTF8.GetString(Text("whole")));
    }

    private static byte[] Text(string text) => JsonBytes.Write(text, static (writer, value) => writer.WriteStringValue(value));
}
