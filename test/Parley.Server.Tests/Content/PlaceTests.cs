using Parley.Content;

namespace Parley.Tests.Content;

/// <summary>A photo does not say where it was taken.</summary>
public sealed class PlaceTests
{
    private static readonly byte[] Marker = [0xBE, 0xBA, 0xFE, 0xCA];

    [Fact, Trait("Row", "FU-07")]
    public void The_place_becomes_zeros_and_everything_else_stays_where_it_is()
    {
        var before = Pictures.Jpeg(exif: Pictures.ExifWithPlace());
        Assert.True(before.AsSpan().IndexOf(Marker) >= 0);
        using var stream = new MemoryStream();
        stream.Write(before);

        Assert.True(GpsEraser.Erase("image/jpeg", stream));

        var after = stream.ToArray();
        Assert.Equal(before.Length, after.Length);
        Assert.Equal(-1, after.AsSpan().IndexOf(Marker));
        // Orientation, in the first directory, is as it was.
        Assert.Equal(before[..50], after[..50]);
        Assert.Equal((6, 7), FileTypesTests.Inspect(after, null).Value is { } known ? (known.Width, known.Height) : default);
        Assert.False(GpsEraser.Erase("image/jpeg", new MemoryStream(after)));
    }

    [Fact, Trait("Row", "FU-07")]
    public void A_file_without_a_place_is_not_touched()
    {
        foreach (var (type, bytes) in new[] { ("image/jpeg", Pictures.Jpeg()), ("image/png", Pictures.Png()), ("image/webp", Pictures.WebP()) })
        {
            using var stream = new MemoryStream(bytes.ToArray());
            Assert.False(GpsEraser.Erase(type, stream));
            Assert.Equal(bytes, stream.ToArray());
        }
    }

    [Theory, EveryEngine, Trait("Row", "FU-07"), Trait("Row", "G20")]
    public async Task What_is_fetched_and_the_hash_are_without_it(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");

        var uploaded = await alice.UploadAsync(Pictures.Jpeg(exif: Pictures.ExifWithPlace()), "image/jpeg");
        var bytes = await alice.DownloadAsync(uploaded.Content);

        Assert.Equal(-1, bytes.AsSpan().IndexOf(Marker));
        Assert.Equal(uploaded.Hash, UploadTests.Hash(bytes));
    }
}
