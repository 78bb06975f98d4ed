using System.Net;
using System.Net.Http.Headers;
using Parley.Storage;
using Parley.Tests.Content;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>Every route with every verb, from another app: what this app has is answered byte by byte as what nobody has.</summary>
public sealed class OtherAppRoutesTests
{
    private static readonly string[] Verbs = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

    /// <summary>Routes that name something of an app, and where in them.</summary>
    private static readonly Dictionary<string, string> Naming = new()
    {
        ["/v1/content/{content}"] = "{content}",
        ["/v1/content/tus/{upload}"] = "{upload}",
    };

    /// <summary>Routes that name nothing of anybody: all apps have the same there, or who asks says in whose name.</summary>
    private static readonly string[] NamingNothing = ["/health/live", "/health/ready", "/v1/content", "/v1/content/tus", "/v1/openapi.json", "/v1/realtime"];

    /// <summary>What it names is a method. What their params name, <see cref="OtherAppTests"/> and <see cref="OtherAppPeopleTests"/> try, and fail when there is another method.</summary>
    private const string NamingAMethod = "/v1/{**method}";

    [Fact, Trait("Row", "TE-01")]
    public async Task Every_route_that_there_is_is_listed()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        Assert.Equal(Naming.Keys.Concat(NamingNothing).Append(NamingAMethod).Order(StringComparer.Ordinal), server.Routes);
    }

    [Theory, EveryEngine, Trait("Row", "TE-01"), Trait("Row", "G23"), Trait("Row", "ID-03")]
    public async Task Every_route_with_every_verb_answers_of_another_apps_content_what_it_answers_of_none(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Content:CollectEvery", "00:00:30"));
        using var alice = UploadClient.Of(server, "alice");
        using var tus = new TusClient(server, "alice");
        var (unsent, sent) = ((await alice.UploadAsync([1, 2, 3], name: "unsent")).Content, (await alice.UploadAsync([4, 5, 6], name: "sent")).Content);
        var (group, message) = (Guid.NewGuid(), Guid.NewGuid());
        await alice.AskAsync(Methods.CreateConversation, Talk.Group(group, "bob"));
        await alice.AskAsync(Methods.SendMessage, $$$"""{"conversation":"{{{group}}}","message":"{{{message}}}","content":{"parts":[{"type":"x/y","content":"{{{sent}}}"}]}}""");
        var begun = await tus.CreateAsync(10, "begun");
        using (await tus.PatchAsync(begun, 0, [1, 2, 3])) await server.NumberAsync($"select count(*) from uploads");
        // An address that the stranger was given, for what is his own.
        using var stranger = UploadClient.Of(server, "alice", "other");
        var own = await stranger.UrlAsync((await stranger.UploadAsync([7, 8, 9])).Content);
        var before = await RowsAsync(server);
        string[] ids = [unsent.Value, sent.Value, begun.Split('/')[^1]];

        var asked = 0;
        foreach (var (route, name) in Naming)
        {
            foreach (var query in new[] { "", own[own.IndexOf('?', StringComparison.Ordinal)..] })
            {
                foreach (var (asker, headers) in Askers())
                {
                    foreach (var verb in Verbs)
                    {
                        foreach (var id in ids)
                        {
                            var nothing = ContentId.New().Value;
                            var answer = await AnswerAsync(server.Address, verb, route.Replace(name, id, StringComparison.Ordinal) + query, headers);
                            var ofNothing = await AnswerAsync(server.Address, verb, route.Replace(name, nothing, StringComparison.Ordinal) + query, headers);
                            Assert.Equal($"{verb} {route} of {asker}: {ofNothing.Replace(nothing, id, StringComparison.Ordinal)}", $"{verb} {route} of {asker}: {answer}");
                            asked++;
                        }
                    }
                }
            }
        }

        Assert.Equal(Naming.Count * 2 * Askers().Count * Verbs.Length * ids.Length, asked);
        Assert.Equal(before, await RowsAsync(server));
        Assert.Equal((3, null), await tus.OffsetAsync(begun));
        Assert.Equal([1, 2, 3], await alice.DownloadAsync(unsent));
        Assert.Equal([4, 5, 6], await alice.DownloadAsync(sent));
    }

    [Theory, EveryEngine, Trait("Row", "TE-01"), Trait("Row", "ID-03")]
    public async Task The_address_of_an_apps_user_gives_nothing_to_who_shows_that_he_is_of_another(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        var url = await alice.UrlAsync((await alice.UploadAsync([1, 2, 3])).Content);
        foreach (var (asker, headers) in Askers().Where(asker => asker.Headers.Length > 0))
        {
            var answer = await AnswerAsync(server.Address, "GET", url, headers);
            Assert.True(answer.StartsWith(asker == "the other app's backend" ? "400 " : "403 ", StringComparison.Ordinal), $"{asker}: {answer}");
            Assert.DoesNotContain("ETag", answer, StringComparison.Ordinal);
        }

        Assert.StartsWith("200 ", await AnswerAsync(server.Address, "GET", url, []), StringComparison.Ordinal);
    }

    private static IReadOnlyList<(string Asker, (string Name, string Value)[] Headers)> Askers() =>
    [
        ("the other app's alice", [("Authorization", $"Bearer {RunningServer.TokenOf("alice", "other")}")]),
        ("the other app's backend for alice", [("Authorization", $"ApiKey {RunningServer.KeyOf("other")}"), ("Parley-User", "alice")]),
        ("the other app's backend", [("Authorization", $"ApiKey {RunningServer.KeyOf("other")}")]),
        ("mallory", [("Authorization", $"Bearer {RunningServer.TokenOf("mallory")}")]),
        ("nobody", []),
    ];

    /// <summary>Asks with all headers that any of the routes reads, and all that is answered but when it was.</summary>
    private static async Task<string> AnswerAsync(IPEndPoint server, string verb, string path, (string Name, string Value)[] headers)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://{server}") };
        using var request = new HttpRequestMessage(new HttpMethod(verb), path);
        if (verb is "POST" or "PUT" or "PATCH")
        {
            request.Content = new ByteArrayContent([1, 2, 3]);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        }

        foreach (var (name, value) in headers.Concat([("Tus-Resumable", "1.0.0"), ("Upload-Offset", "3"), ("Upload-Length", "3")])) Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        using var answer = await http.SendAsync(request);
        var named = answer.Headers.TryGetValues("Parley-Request", out var requests) ? requests.Single() : "none";
        var said = answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is not ("Date" or "Parley-Request")).OrderBy(header => header.Key, StringComparer.Ordinal)
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}");
        var body = (await answer.Content.ReadAsStringAsync()).Replace(named, "", StringComparison.Ordinal);
        return $"{(int)answer.StatusCode} {string.Join("; ", said)} {body}";
    }

    /// <summary>What is known of uploads and content, of whatever app.</summary>
    private static async Task<List<string>> RowsAsync(RunningServer server)
    {
        await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);
        var rows = new List<string>();
        foreach (var table in new[] { "contents", "uploads", "blobs", "content_uses", "doomed_files" })
        {
            await session.ReadAsync(Sql.Script($"select * from {table}"), row =>
                rows.Add($"{table}: {string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(column => row.IsDBNull(column) ? "null" : $"{row.GetValue(column)}"))}"), CancellationToken.None);
        }

        return [.. rows.Order(StringComparer.Ordinal)];
    }
}
