using System.Globalization;
using Parley.Identity;
using Parley.Storage;
using static Parley.Tests.Identity.Forge;

namespace Parley.Tests.Identity;

public sealed class TokenVerifierTests : IDisposable
{
    private readonly Forge _forge = new();

    public void Dispose() => _forge.Dispose();

    [Fact]
    public void A_good_token_says_who_of_which_app_and_until_when()
    {
        var verified = _forge.Verify(Token()).Value;

        Assert.Equal(new VerifiedToken(new AppId(1), "demo", new UserId("alice"), Now + TimeSpan.FromHours(1)), verified);
    }

    [Theory]
    [InlineData("""{"alg":"HS256","typ":"JWT"}""")]
    [InlineData("""{"typ":"jwt","alg":"HS256"}""")]
    [InlineData("""{"alg":"HS256","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"HS256","typ":"AT+JWT"}""")]
    [InlineData("""{"alg":"HS256","cty":"whatever","x":[1,{"y":null}]}""")]
    public void Usual_headers_are_taken(string header) => Assert.NotNull(_forge.Verify(Token(header: header)).Value);

    [Theory, Trait("Row", "AU-01")]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"NoNe"}""")]
    [InlineData("""{"alg":""}""")]
    [InlineData("""{"alg":null}""")]
    [InlineData("""{"alg":["HS256"]}""")]
    [InlineData("""{"alg":"hs256"}""")]
    [InlineData("""{"alg":"HS384"}""")]
    [InlineData("""{"alg":"RS256"}""")]
    [InlineData("""{"alg":"HS256 "}""")]
    [InlineData("""{"alg":"HS256\u0000"}""")]
    [InlineData("""{"alg":"\ud800"}""")]
    [InlineData("""{"typ":"JWT"}""")]
    [InlineData("{}")]
    public void Only_the_allowed_algorithm_is_one(string header)
    {
        _forge.AssertRefused(Token(header: header));
        _forge.AssertRefused($"{Encode(header)}.{Encode(Claims())}.");
    }

    [Theory, Trait("Row", "AU-01")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("...")]
    [InlineData("a.b")]
    [InlineData("null")]
    public void What_has_not_three_parts_is_no_token(string token)
    {
        _forge.AssertRefused(token);
        _forge.AssertRefused($"{Token()}.");
        _forge.AssertRefused($".{Token()}");
        _forge.AssertRefused(Token()[..Token().LastIndexOf('.')]);
    }

    [Theory, Trait("Row", "AU-03")]
    [InlineData("\"shop\"")]
    [InlineData("\"Demo\"")]
    [InlineData("\"demo \"")]
    [InlineData("[]")]
    [InlineData("[\"shop\",\"warehouse\"]")]
    [InlineData("[\"demo\",\"demo\"]")]
    [InlineData("[\"demo\",1]")]
    [InlineData("[[\"demo\"]]")]
    [InlineData("{\"demo\":true}")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("\"\"")]
    [InlineData(null)]
    public void The_audience_names_exactly_one_configured_app(string? audience) => _forge.AssertRefused(Token(Claims(aud: audience)));

    [Fact, Trait("Row", "AU-03")]
    public void Other_audiences_beside_ours_do_no_harm() =>
        Assert.Equal("demo", _forge.Verify(Token(Claims(aud: """["https://shop.example","demo"]"""))).Value?.AppName);

    [Fact, Trait("Row", "AU-03")]
    public void A_token_of_one_app_is_worth_nothing_in_another()
    {
        const string otherSecret = "Xo1Pd8Wv5Kt2Mz7Rq4Ej9Ub3Ny6Ig0Hs";
        using var forge = new Forge(new() { ["demo"] = App(Key(Secret)), ["other"] = App(Key(otherSecret)) });

        forge.AssertRefused(Token(Claims(aud: "\"other\"")));
        forge.AssertRefused(Token(secret: otherSecret));
        forge.AssertRefused(Token(Claims(aud: """["demo","other"]""")));
        Assert.Equal(new AppId(2), forge.Verify(Token(Claims(aud: "\"other\""), secret: otherSecret)).Value?.App);
    }

    [Theory, Trait("Row", "AU-04")]
    [InlineData("\"iss\":\"https://evil.example\"")]
    [InlineData("\"iss\":\"https://good.example/\"")]
    [InlineData("\"iss\":[\"https://good.example\"]")]
    [InlineData("\"iss\":null")]
    [InlineData("")]
    public void An_app_with_an_issuer_takes_no_other(string issuer)
    {
        var app = App(Key(Secret));
        app.Issuer = "https://good.example";
        using var forge = new Forge(new() { ["demo"] = app });

        Assert.Same(Refusals.Unauthorized, forge.Verify(Token(Claims(extra: issuer))).Refusal);
        Assert.NotNull(forge.Verify(Token(Claims(extra: "\"iss\":\"https://good.example\""))).Value);
    }

    [Theory, Trait("Row", "AU-05")]
    [InlineData(-31)]
    [InlineData(-30)]
    [InlineData(-3_600)]
    public void An_expired_token_is_refused(int seconds) => _forge.AssertRefused(Token(Claims(exp: $"{Unix(TimeSpan.FromSeconds(seconds))}")));

    [Fact, Trait("Row", "AU-05")]
    public void Clocks_may_differ_by_less_than_thirty_seconds()
    {
        Assert.NotNull(_forge.Verify(Token(Claims(exp: $"{Unix(TimeSpan.FromSeconds(-29))}"))).Value);
        Assert.NotNull(_forge.Verify(Token(Claims(extra: $"\"nbf\":{Unix(TimeSpan.FromSeconds(30))}"))).Value);
        Assert.NotNull(_forge.Verify(Token(Claims(extra: $"\"iat\":{Unix(TimeSpan.FromSeconds(30))}"))).Value);
    }

    [Theory, Trait("Row", "AU-05")]
    [InlineData("nbf")]
    [InlineData("iat")]
    public void A_token_of_the_future_is_refused(string claim)
    {
        _forge.AssertRefused(Token(Claims(extra: $"\"{claim}\":{Unix(TimeSpan.FromSeconds(31))}")));
        _forge.AssertRefused(Token(Claims(extra: $"\"{claim}\":\"{Unix(TimeSpan.Zero)}\"")));
        _forge.AssertRefused(Token(Claims(extra: $"\"{claim}\":-1")));
        _forge.AssertRefused(Token(Claims(extra: $"\"{claim}\":null")));
        _forge.AssertRefused(Token(Claims(extra: $"\"{claim}\":1e300")));
    }

    [Theory, Trait("Row", "AU-05")]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("\"1772370000\"")]
    [InlineData("1e300")]
    [InlineData("1.7723700000e9")]
    [InlineData("1772370000.0")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("253402300800")]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("[1772370000]")]
    [InlineData("true")]
    public void The_expiry_is_a_whole_number_of_seconds_that_a_date_can_hold(string? exp)
    {
        Assert.Equal(1772370000, Unix(TimeSpan.FromHours(1)));
        _forge.AssertRefused(Token(Claims(exp: exp)));
    }

    [Fact, Trait("Row", "AU-05")]
    public void A_token_may_live_for_a_day_and_not_for_years()
    {
        _forge.AssertRefused(Token(Claims(exp: $"{Unix(TimeSpan.FromDays(3_650))}")));
        _forge.AssertRefused(Token(Claims(exp: $"{Unix(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(31))}")));
        _forge.AssertRefused(Token(Claims(exp: $"{Unix(TimeSpan.FromDays(3_650))}", extra: $"\"iat\":{Unix(TimeSpan.FromDays(-3_650))}")));
        Assert.NotNull(_forge.Verify(Token(Claims(exp: $"{Unix(TimeSpan.FromHours(24))}"))).Value);
        Assert.NotNull(_forge.Verify(Token(Claims(exp: $"{Unix(TimeSpan.FromHours(1))}", extra: $"\"iat\":{Unix(TimeSpan.FromDays(-2))}"))).Value);
    }

    [Theory, Trait("Row", "AU-06")]
    [InlineData("../../etc/passwd")]
    [InlineData("' OR 1=1--")]
    [InlineData("\\u0000")]
    [InlineData("new\\u0000")]
    [InlineData("\\ud800")]
    [InlineData("NEW")]
    [InlineData("")]
    [InlineData("unknown")]
    public void A_key_id_is_only_ever_compared_with_the_configured_ones(string keyId)
    {
        using var forge = new Forge(new() { ["demo"] = App(Key(Secret, "new")) });

        forge.AssertRefused(Token(header: $$"""{"alg":"HS256","kid":"{{keyId}}"}"""));
    }

    [Theory, Trait("Row", "AU-06")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("[\"new\"]")]
    public void A_key_id_is_text(string keyId)
    {
        _forge.AssertRefused(Token(header: $$"""{"alg":"HS256","kid":{{keyId}}}"""));
        _forge.AssertRefused(Token(header: $$"""{"alg":"HS256","kid":"{{new string('k', 10_240)}}"}"""));
    }

    [Fact, Trait("Row", "AU-06")]
    public void While_keys_change_each_verifies_its_own_tokens()
    {
        const string oldSecret = "Xo1Pd8Wv5Kt2Mz7Rq4Ej9Ub3Ny6Ig0Hs";
        using var forge = new Forge(new() { ["demo"] = App(Key(Secret, "new"), Key(oldSecret, "old")) });

        Assert.NotNull(forge.Verify(Token(header: """{"alg":"HS256","kid":"new"}""")).Value);
        Assert.NotNull(forge.Verify(Token(header: """{"alg":"HS256","kid":"old"}""", secret: oldSecret)).Value);
        Assert.NotNull(forge.Verify(Token(secret: oldSecret)).Value);
        forge.AssertRefused(Token(header: """{"alg":"HS256","kid":"new"}""", secret: oldSecret));
    }

    [Fact, Trait("Row", "AU-06")]
    public void Where_keys_have_no_ids_a_key_id_says_nothing() =>
        Assert.NotNull(_forge.Verify(Token(header: """{"alg":"HS256","kid":"whatever the backend calls it"}""")).Value);

    [Theory, Trait("Row", "AU-07")]
    [InlineData("\"sub\":\"bob\"")]
    [InlineData("\"s\\u0075b\":\"bob\"")]
    [InlineData("\"aud\":\"demo\"")]
    [InlineData("\"exp\":4000000000")]
    [InlineData("\"nested\":{\"a\":1,\"a\":1}")]
    public void A_claim_that_occurs_twice_is_refused(string again) => _forge.AssertRefused(Token(Claims(extra: again)));

    [Theory, Trait("Row", "AU-07")]
    [InlineData("""{"alg":"HS256","alg":"HS256"}""")]
    [InlineData("""{"alg":"none","alg":"HS256"}""")]
    [InlineData("""{"alg":"HS256","a\u006cg":"none"}""")]
    [InlineData("""{"alg":"HS256","kid":"a","kid":"a"}""")]
    [InlineData("""{"alg":"HS256","x":1,"x":1}""")]
    public void A_header_member_that_occurs_twice_is_refused(string header) => _forge.AssertRefused(Token(header: header));

    [Theory, Trait("Row", "AU-08")]
    [InlineData("""{"alg":"HS256","crit":["x"],"x":1}""")]
    [InlineData("""{"alg":"HS256","crit":[]}""")]
    [InlineData("""{"alg":"HS256","crit":null}""")]
    [InlineData("""{"alg":"HS256","crit":["b64"],"b64":false}""")]
    [InlineData("""{"alg":"HS256","typ":"id_token"}""")]
    [InlineData("""{"alg":"HS256","typ":"logout+jwt"}""")]
    [InlineData("""{"alg":"HS256","typ":""}""")]
    [InlineData("""{"alg":"HS256","typ":null}""")]
    [InlineData("""{"alg":"HS256","typ":["JWT"]}""")]
    public void Demands_we_do_not_know_and_other_kinds_of_token_are_refused(string header) => _forge.AssertRefused(Token(header: header));

    [Theory]
    [InlineData(null)]
    [InlineData("\"\"")]
    [InlineData("1")]
    [InlineData("[\"alice\"]")]
    [InlineData("\"al ice\"")]
    [InlineData("\"..\"")]
    [InlineData("\"alice\\u0000\"")]
    [InlineData("\"\\udc00\"")]
    [InlineData("\"álice\"")]
    public void The_subject_is_the_id_of_a_user(string? subject) => _forge.AssertRefused(Token(Claims(sub: subject)));

    [Fact]
    public void Any_change_to_a_token_makes_it_worthless()
    {
        var token = Token();
        for (var i = 0; i < token.Length; i++)
        {
            foreach (var other in new[] { 'A', '_', '.', '=', '\0', 'é' }.Where(character => character != token[i]))
            {
                Assert.Same(Refusals.Unauthorized, _forge.Verify(string.Create(CultureInfo.InvariantCulture, $"{token[..i]}{other}{token[(i + 1)..]}")).Refusal);
            }
        }
    }

    [Fact]
    public void Being_refused_is_counted_by_reason()
    {
        var counted = new List<string?>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "parley.tokens.refused" && ReferenceEquals(instrument.Meter.Scope, _forge.Meters)) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.Add(tags[0].Value as string));
        listener.Start();

        _forge.Verify("rubbish");
        _forge.Verify(Token(Claims(exp: "1")));
        _forge.Verify(Token(secret: "another secret of more than 32 bytes"));

        Assert.Equal(["Malformed", "Expired", "BadSignature"], counted);
    }
}
