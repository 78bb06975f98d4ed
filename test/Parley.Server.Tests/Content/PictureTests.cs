using Parley.Content;

namespace Parley.Tests.Content;

/// <summary>Pictures are judged by their headers, before any device decodes them.</summary>
public sealed class PictureTests
{
    [Fact, Trait("Row", "FU-04"), Trait("Row", "A25")]
    public void Each_kind_says_how_large_it_is()
    {
        foreach (var (bytes, width, height) in new[]
        {
            (Pictures.Png(2, 3), 2, 3), (Pictures.Gif(4, 5), 4, 5), (Pictures.Jpeg(6, 7), 6, 7), (Pictures.WebP(8, 9), 8, 9), (Pictures.Bitmap(10, 11), 10, 11),
        })
        {
            var known = FileTypesTests.Inspect(bytes, null).Value!;
            Assert.Equal((width, height), (known.Width, known.Height));
        }
    }

    [Fact, Trait("Row", "FU-04")]
    public void Forty_million_pixels_pass_and_one_row_more_does_not()
    {
        Assert.NotNull(FileTypesTests.Inspect(Pictures.Png(8_000, 5_000), null).Value);
        Assert.NotNull(FileTypesTests.Inspect(Pictures.Gif(8_000, 5_000), null).Value);
        foreach (var bomb in new[]
        {
            Pictures.Png(8_000, 5_001), Pictures.Png(65_535, 65_535), Pictures.Png(1, int.MaxValue), Pictures.Png(uint.MaxValue, uint.MaxValue), Pictures.Png(0, 5),
            Pictures.Gif(8_000, 5_001), Pictures.Jpeg(65_500, 65_500), Pictures.WebP(16_384, 16_384), Pictures.Jpeg(0, 7),
        })
            Assert.Equal(Refusals.ContentRefused, FileTypesTests.Inspect(bomb, null).Refusal);
    }

    [Fact, Trait("Row", "FU-04")]
    public void Three_hundred_frames_pass_and_one_more_does_not()
    {
        foreach (var make in new Func<int, byte[]>[] { frames => Pictures.Gif(frames: frames), frames => Pictures.Png(frames: (uint)frames), frames => Pictures.WebP(frames: frames) })
        {
            Assert.NotNull(FileTypesTests.Inspect(make(300), null).Value);
            Assert.Equal(Refusals.ContentRefused, FileTypesTests.Inspect(make(301), null).Refusal);
        }

        Assert.Equal(Refusals.ContentRefused, FileTypesTests.Inspect(Pictures.Gif(frames: 10_000), null).Refusal);
    }

    [Fact, Trait("Row", "FU-04")]
    public void What_is_cut_off_anywhere_is_refused()
    {
        foreach (var whole in new[] { Pictures.Png(), Pictures.Gif(), Pictures.Jpeg(), Pictures.WebP(), Pictures.Bitmap() })
        {
            // From where the type can be told on.
            for (var length = 30; length < whole.Length; length++)
                Assert.Equal((length, Refusals.ContentRefused), (length, FileTypesTests.Inspect(whole[..length], null).Refusal));
        }
    }

    [Fact, Trait("Row", "FU-04")]
    public void No_bytes_make_the_reader_fail_or_run_for_ever()
    {
        var random = new Random(4711);
        foreach (var whole in new[] { Pictures.Png(frames: 3), Pictures.Gif(frames: 3), Pictures.Jpeg(exif: Pictures.ExifWithPlace()), Pictures.WebP(frames: 3), Pictures.Bitmap() })
        {
            for (var round = 0; round < 3_000; round++)
            {
                var spoiled = whole.ToArray();
                for (var changes = random.Next(1, 6); changes > 0; changes--) spoiled[random.Next(spoiled.Length)] = (byte)random.Next(256);
                var outcome = FileTypesTests.Inspect(spoiled, null);
                Assert.True(outcome.Value is not null || outcome.Refusal == Refusals.ContentRefused);
                using var stream = new MemoryStream();
                stream.Write(spoiled);
                GpsEraser.Erase(outcome.Value?.Type ?? "image/jpeg", stream);
                Assert.Equal(spoiled.Length, stream.Length);
            }
        }
    }

    [Theory, EveryEngine, Trait("Row", "FU-04"), Trait("Row", "A24")]
    public async Task A_bomb_is_refused_and_nothing_of_it_is_kept(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");

        using var answer = await alice.PutAsync(Pictures.Png(65_535, 65_535), "image/png");

        Assert.Equal((400, "content_refused"), (await UploadClient.RefusalAsync(answer)) is var (status, code, _) ? (status, code) : default);
        Assert.Empty(UploadTests.Files(server));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from contents"));
    }
}
