using static Parley.Tests.People.PeopleWords;

namespace Parley.Tests.People;

/// <summary>Profiles and aliases: what a user says of himself, and how others find him.</summary>
public sealed class ProfileTests
{
    [Theory, EveryEngine, Trait("Row", "B38"), Trait("Row", "V31")]
    public async Task What_is_left_out_of_an_update_stays_and_what_is_empty_is_cleared(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.DoAsync<OwnProfile>("alice", new UpdateUser("Alice", "https://example.org/a.png", Json("""{"a":{"b":[1]}}"""), Json("""{"secret":1}""")));

        var kept = await server.DoAsync<OwnProfile>("alice", new UpdateUser(DisplayName: "Alice A."));
        var cleared = await server.DoAsync<OwnProfile>("alice", new UpdateUser(AvatarUrl: "", PublicData: Json("{}")));
        var me = await server.DoAsync<OwnProfile>("alice", new GetOwnProfile());

        Assert.Equal(("Alice A.", "https://example.org/a.png"), (kept.Profile.DisplayName, kept.Profile.AvatarUrl));
        Assert.Equal("""{"a":{"b":[1]}}""", kept.Profile.PublicData?.GetRawText());
        Assert.Equal(("Alice A.", null, null), (cleared.Profile.DisplayName, cleared.Profile.AvatarUrl, cleared.Profile.PublicData));
        Assert.Equal("""{"secret":1}""", me.PrivateData?.GetRawText());
        Assert.Null((await server.DoAsync<OwnProfile>("alice", new UpdateUser(PrivateData: Json("{}")))).PrivateData);
        Assert.Null((await server.DoAsync<OwnProfile>("alice", new GetOwnProfile())).PrivateData);
        Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<OwnProfile>("alice", new UpdateUser(AvatarUrl: "nowhere")));
        Assert.Equal("Alice A.", (await server.DoAsync<OwnProfile>("alice", new GetOwnProfile())).Profile.DisplayName);
        await server.DoAsync<OwnProfile>("alice", new UpdateUser(DisplayName: ""));
        Assert.Null((await server.DoAsync<OwnProfile>("alice", new GetOwnProfile())).Profile.DisplayName);
    }

    [Theory, EveryEngine, Trait("Row", "B38"), Trait("Row", "V06")]
    public async Task Others_see_what_is_public_and_nothing_else(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.PlatformAsync(new PutUser(Id("alice"), "Alice", PublicData: Json("""{"a":1}"""), PrivateData: Json("""{"marker":1}"""), Email: "marker@example.org", Phone: "+15550001111"));
        var origin = new AwaitedOrigin();
        server.Ask(server.As("bob"), new GetUsers([Id("alice")]), origin);

        var seen = Assert.Single((await origin.AsAsync<UserProfiles>()).Value!.Users);

        Assert.Equal((Id("alice"), "Alice", UserStatus.Active), (seen.User, seen.DisplayName, seen.Status));
        var text = System.Text.Json.JsonSerializer.Serialize(seen, ProtocolJson.Lenient.UserProfile);
        Assert.DoesNotContain("marker", text, StringComparison.Ordinal);
        Assert.DoesNotContain("5550001111", text, StringComparison.Ordinal);
    }

    [Theory, EveryEngine, Trait("Row", "V05"), Trait("Row", "V06"), Trait("Row", "B36")]
    public async Task Up_to_fifty_are_answered_in_the_order_asked_without_those_of_whom_nothing_is_kept(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        for (var number = 0; number < 50; number++) await server.PlatformAsync(new PutUser(Id($"u{number:00}"), $"User {number}"));
        UserId[] asked = [.. Enumerable.Range(0, 49).Reverse().Select(number => Id($"u{number:00}")), Id("unheard-of")];

        var found = await server.DoAsync<UserProfiles>("alice", new GetUsers(asked));

        Assert.Equal(asked[..^1], found.Users.Select(one => one.User));
        Assert.Equal(Refusals.TooLarge, await server.RefusalAsync<UserProfiles>("alice", new GetUsers([.. asked, Id("u49")])));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<UserProfiles>("alice", new GetUsers([])));
        Assert.Single((await server.DoAsync<UserProfiles>("alice", new GetUsers([Id("u00"), Id("u00")]))).Users);
        Assert.Empty((await server.AskAsync<UserProfiles>(server.As("alice", "other"), new GetUsers(asked))).Value!.Users);
    }

    [Theory, EveryEngine, Trait("Row", "C15"), Trait("Row", "C9")]
    public async Task A_user_is_found_by_each_of_his_aliases_and_ids_are_told_apart_by_case(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.DefaultCountry = "49");
        var alice = await server.PlatformAsync(new PutUser(Id("Alice"), Email: "Alice@Example.org", Phone: "0170 1234567"));
        await server.PlatformAsync(new PutUser(Id("alice"), "another"));

        foreach (var query in new FindUser[] { new(Email: "ALICE@example.ORG"), new(Phone: "+49 170 1234567"), new(Phone: "0170/1234567"), new(Number: alice.Own.Profile.Number), new(User: Id("Alice")) })
            Assert.Equal(Id("Alice"), (await server.DoAsync<UserProfile>("bob", query)).User);
        Assert.Equal("another", (await server.DoAsync<UserProfile>("bob", new FindUser(User: Id("alice")))).DisplayName);
        Assert.Equal(("Alice@Example.org", "+491701234567"), (alice.Own.Email, alice.Own.Phone));
        foreach (var nobody in new FindUser[] { new(Email: "bob@example.org"), new(Phone: "+49 170 7654321"), new(Number: 99), new(Number: -1), new(User: Id("ALICE")) })
            Assert.Equal(Refusals.NotFound, await server.RefusalAsync<UserProfile>("bob", nobody));
        foreach (var wrong in new FindUser[] { new(), new(Email: "alice"), new(Phone: "12"), new(Email: "a@b", Number: 1) })
            Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<UserProfile>("bob", wrong));
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<UserProfile>(server.As("bob", "other"), new FindUser(Email: "alice@example.org"))).Refusal);
    }

    [Theory, EveryEngine]
    public async Task Where_the_app_says_so_nobody_is_found_by_address_or_telephone(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.FindByAlias = false);
        var alice = await server.PlatformAsync(new PutUser(Id("alice"), Email: "alice@example.org", Phone: "+491701234567"));

        Assert.Equal(Refusals.NotFound, await server.RefusalAsync<UserProfile>("bob", new FindUser(Email: "alice@example.org")));
        Assert.Equal(Refusals.NotFound, await server.RefusalAsync<UserProfile>("bob", new FindUser(Phone: "+491701234567")));
        Assert.Equal(Id("alice"), (await server.DoAsync<UserProfile>("bob", new FindUser(Number: alice.Own.Profile.Number))).User);
    }

    [Theory, EveryEngine, Trait("Row", "C15")]
    public async Task Numbers_count_from_one_in_each_app_and_stay_also_of_many_who_come_at_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var made = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => server.DoAsync<OwnProfile>($"u{number}", new UpdateUser("x"))));
        var elsewhere = (await server.AskAsync<OwnProfile>(server.As("u7", "other"), new UpdateUser("x"))).Value!;

        Assert.Equal(Enumerable.Range(1, 40).Select(number => (long)number), made.Select(one => one.Profile.Number).Order());
        Assert.Equal(1, elsewhere.Profile.Number);
        Assert.Equal(made[3].Profile.Number, (await server.DoAsync<OwnProfile>("u3", new UpdateUser("y"))).Profile.Number);
    }

    [Fact, Trait("Row", "C15")]
    public async Task Two_nodes_give_no_number_twice()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var (other, database) = await server.StartAnotherNodeAsync();
        var made = await Task.WhenAll(Enumerable.Range(0, 60).Select(number =>
            server.AskAsync<OwnProfile>(server.As($"u{number / 2}"), new UpdateUser($"{number}"), number % 2 == 0 ? server.Node : other)));

        Assert.Equal(30, made.Select(one => one.Value!.Profile.Number).Distinct().Count());
        Assert.Equal(30, await server.NumberAsync($"select max(number) from users"));
        await other.DisposeAsync();
        await database.DisposeAsync();
    }

    [Theory, EveryEngine]
    public async Task An_alias_is_one_users_until_he_gives_it_up(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.PlatformAsync(new PutUser(Id("alice"), Email: "alice@example.org", Phone: "+491701234567"));

        Assert.Equal(Refusals.AliasInUse, await server.RefusalAsync<UserAccount>("x", new PutUser(Id("bob"), Email: "ALICE@example.org")));
        Assert.Equal(Refusals.AliasInUse, await server.RefusalAsync<UserAccount>("x", new PutUser(Id("bob"), Phone: "+49 170 1234567")));
        await server.PlatformAsync(new PutUser(Id("alice"), Email: "", DisplayName: "Alice"));
        Assert.Equal("ALICE@example.org", (await server.PlatformAsync(new PutUser(Id("bob"), Email: "ALICE@example.org"))).Own.Email);
        Assert.Equal("+491701234567", (await server.PlatformAsync(new PutUser(Id("alice"), Phone: "+49 170 123 45 67"))).Own.Phone);

        var racing = await Task.WhenAll(Enumerable.Range(0, 10).Select(number =>
            server.AskAsync<UserAccount>(server.As("x"), new PutUser(Id($"racer{number}"), Email: "first@example.org"))));
        Assert.Single(racing, one => one.Refusal is null);
        Assert.All(racing.Where(one => one.Refusal is not null), one => Assert.Equal(Refusals.AliasInUse, one.Refusal));
    }

    [Theory, EveryEngine, Trait("Row", "V05")]
    public async Task The_platform_lists_every_user_of_its_app_page_by_page(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        for (var number = 0; number < 25; number++) await server.PlatformAsync(new PutUser(Id($"u{number:00}")));
        await server.AskAsync<UserAccount>(server.As("x", "other"), new PutUser(Id("stranger")));

        var (seen, next) = (new List<string>(), default(string));
        do
        {
            var page = await server.DoAsync<UserAccounts>("x", new ListUsers(10, next));
            seen.AddRange(page.Users.Select(one => one.Own.Profile.User.Value));
            next = page.Next;
        }
        while (next is not null);

        Assert.Equal(Enumerable.Range(0, 25).Select(number => $"u{number:00}"), seen);
        Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<UserAccounts>("x", new ListUsers(101)));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<UserAccounts>("x", new ListUsers(Next: "nonsense")));
    }
}
