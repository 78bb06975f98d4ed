using System.Net.Http.Headers;
using Parley.Content;

namespace Parley.Tests.Content;

/// <summary>What users call their files is shown and saved elsewhere, and names nothing here.</summary>
public sealed class FileNamesTests
{
    [Theory]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("..\\..\\boot.ini", "boot.ini")]
    [InlineData("C:x", "C:x")]
    [InlineData("/etc/passwd", "passwd")]
    [InlineData("CON", "CON")]
    [InlineData("a\0b.txt", "ab.txt")]
    [InlineData("a.png/.html", ".html")]
    [InlineData("photo\u202Egpj.exe", "photogpj.exe")]
    [InlineData("a\r\nSet-Cookie: x=1", "aSet-Cookie: x=1")]
    [InlineData("say \"hi\".txt", "say \"hi\".txt")]
    [InlineData("Grüße 👋.pdf", "Grüße 👋.pdf")]
    [InlineData("..", null)]
    [InlineData(" . ", null)]
    [InlineData("dir/", null)]
    [InlineData("", null)]
    [Trait("Row", "FU-01")]
    public void A_name_is_the_last_part_of_a_path_without_what_controls_how_it_is_shown(string name, string? kept)
    {
        Assert.Null(FileNames.Clean(name, out var clean));
        Assert.Equal(kept, clean);
    }

    [Fact, Trait("Row", "FU-01")]
    public void A_name_of_255_code_points_is_taken_and_one_of_256_is_not()
    {
        Assert.Null(FileNames.Clean(string.Concat(Enumerable.Repeat("👋", 255)), out _));
        Assert.Equal(Refusals.BadRequest, FileNames.Clean(new string('a', 256), out _));
    }

    [Theory]
    [InlineData("a.png", "inline; filename=\"a.png\"; filename*=UTF-8''a.png")]
    [InlineData("Grüße \"1\".pdf", "inline; filename=\"Gr__e _1_.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.pdf")]
    [InlineData("100%.txt", "inline; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt")]
    [InlineData("CON", "inline; filename=\"_CON\"; filename*=UTF-8''_CON")]
    [InlineData("com1.txt", "inline; filename=\"_com1.txt\"; filename*=UTF-8''_com1.txt")]
    [InlineData("a;b='c'(d)", "inline; filename=\"a;b='c'(d)\"; filename*=UTF-8''a%3Bb%3D%27c%27%28d%29")]
    [InlineData(null, "inline")]
    [Trait("Row", "FU-01")]
    public void A_header_says_it_so_that_nothing_in_it_is_taken_for_more_than_a_name(string? name, string header)
    {
        Assert.Equal(header, FileNames.Disposition("inline", name));
        Assert.True(ContentDispositionHeaderValue.TryParse(header, out var parsed));
        if (name is not null) Assert.EndsWith(name, parsed.FileNameStar, StringComparison.Ordinal);
    }

    [Theory, EveryEngine, Trait("Row", "FU-01")]
    public async Task No_name_of_a_user_is_the_name_of_a_file_here(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        foreach (var name in new[] { "../../x", "..\\x", "C:x", "/etc/passwd", "CON", "a\0b", "a.png/.html", "gpj\u202E.exe", "a\r\nb: c", "\"quoted\"" })
        {
            var uploaded = await alice.UploadAsync([1, 2, 3], name: name);
            using var fetched = await alice.FetchAsync(await alice.UrlAsync(uploaded.Content));
            Assert.DoesNotContain(fetched.Headers, header => header.Key is "b" or "Set-Cookie");
            Assert.Equal("attachment", fetched.Content.Headers.ContentDisposition!.DispositionType);
        }

        using var tooLong = await alice.PutAsync([1], name: new string('a', 300));
        Assert.Equal(400, (int)tooLong.StatusCode);
        Assert.All(UploadTests.Files(server), file => Assert.Matches("/content/[0-9]+/(incoming/[0-9a-f]{32}|[0-9a-f]{2}/[0-9a-f]{64}-[0-9a-f]{16})$", file.Replace('\\', '/')));
    }
}
