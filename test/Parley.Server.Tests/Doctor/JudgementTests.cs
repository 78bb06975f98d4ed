using System.Net;
using Parley.Doctor;
using Parley.Storage;

namespace Parley.Tests.Doctor;

public sealed class JudgementTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("fsync", "off", "Fail")]
    [InlineData("full_page_writes", "off", "Fail")]
    [InlineData("synchronous_commit", "off", "Fail")]
    [InlineData("synchronous_commit", "local", "Ok")]
    [InlineData("server_encoding", "SQL_ASCII", "Fail")]
    [InlineData("server_version_num", "140012", "Fail")]
    [InlineData("server_version_num", "150000", "Ok")]
    [InlineData("max_connections", "37", "Warn")]
    [InlineData("max_connections", "38", "Ok")]
    public void PostgreSQL_is_judged_by_what_it_would_lose(string name, string value, string worst)
    {
        var settings = new Dictionary<string, string>
        {
            ["server_version_num"] = "150018", ["fsync"] = "on", ["full_page_writes"] = "on", ["synchronous_commit"] = "on", ["server_encoding"] = "UTF8",
            ["max_connections"] = "100", ["superuser_reserved_connections"] = "3", [name] = value,
        };

        Assert.Equal(worst, PostgresCheck.Judge(settings, pool: 35).Max(finding => finding.Verdict).ToString());
    }

    [Theory]
    [InlineData(1_000, "Ok")]
    [InlineData(999, "Warn")]
    [InlineData(500, "Warn")]
    [InlineData(499, "Fail")]
    public void Room_on_the_disk_is_judged_by_when_the_server_refuses(long free, string verdict) =>
        Assert.Equal(verdict, $"{FolderCheck.JudgeRoom(free, new StorageOptions { MinFreeBytes = 500 }).Verdict}");

    [Theory]
    [InlineData("ext4", false)]
    [InlineData("NFS4", true)]
    [InlineData("fuse.sshfs", true)]
    public void A_network_file_system_fails(string format, bool fails) => Assert.Equal(fails, FolderCheck.JudgeFormat(format)?.Verdict == Verdict.Fail);

    [Theory]
    [InlineData(10_300, "Ok")]
    [InlineData(10_299, "Warn")]
    [InlineData(long.MaxValue, "Ok")]
    public void Open_files_are_judged_by_connections(long limit, string verdict) => Assert.Equal(verdict, $"{FileLimitCheck.Judge(limit, 10_000).Verdict}");

    [Theory]
    [InlineData("3.34.1", "Fail")]
    [InlineData("3.35.0", "Ok")]
    [InlineData("3.40.1", "Ok")]
    public void SQLite_is_judged_by_its_version(string version, string verdict) => Assert.Equal(verdict, $"{SqliteCheck.Judge(Version.Parse(version)).Verdict}");

    [Fact]
    public void A_clock_is_judged_by_the_program_by_other_clocks_and_by_entries()
    {
        Assert.Equal(Verdict.Ok, ClockCheck.JudgeAlone(Now, Now).Verdict);
        Assert.Equal(Verdict.Fail, ClockCheck.JudgeAlone(Now, Now.AddSeconds(1)).Verdict);
        Assert.Null(ClockCheck.JudgeBeside(Now, Now.AddSeconds(30), "another"));
        Assert.Equal(Verdict.Warn, ClockCheck.JudgeBeside(Now, Now.AddSeconds(-31), "another")!.Verdict);
        Assert.Null(ClockCheck.JudgeEntries(Now, Now.AddSeconds(30)));
        Assert.Equal(Verdict.Warn, ClockCheck.JudgeEntries(Now, Now.AddSeconds(31))!.Verdict);
    }

    [Theory]
    [InlineData(0, "the WebSocket broke (gone)")]
    [InlineData(101, "the WebSocket broke (gone)")]
    [InlineData(200, "the handshake was answered with 200 instead of 101")]
    [InlineData(403, "the handshake was answered with 403")]
    [InlineData(503, "the server is full, draining, or short of memory")]
    public void A_handshake_that_failed_is_told_by_its_status(int status, string told)
    {
        var finding = ServerCheck.Refused((HttpStatusCode)status, new InvalidOperationException("gone."));

        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Contains(told, finding.Sentence, StringComparison.Ordinal);
        Assert.NotNull(finding.Advice);
    }
}
