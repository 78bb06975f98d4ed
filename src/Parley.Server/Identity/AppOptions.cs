using System.ComponentModel.DataAnnotations;

namespace Parley.Identity;

/// <summary>The apps this server serves, by name. No app sees anything of another.</summary>
/// <remarks>
/// A name is 1 to 64 of <c>a-z 0-9 -</c>; tokens say it in <c>aud</c>, unless the app has an audience of its own. At least one app is needed.
/// </remarks>
public sealed class AppsOptions() : Dictionary<string, AppOptions>(StringComparer.Ordinal)
{
    /// <summary>Where the configuration keeps them.</summary>
    public const string Section = "Parley:Apps";
}

/// <summary>One app: whose tokens are its users'.</summary>
public sealed class AppOptions
{
    /// <summary>The keys its backend signs tokens with. Several while one replaces another: add the new, sign with it, remove the old.</summary>
    public IList<AppKeyOptions> Keys { get; } = [];

    /// <summary>
    /// Where the app's identity provider publishes its keys (its <c>jwks_uri</c>), as an <c>https</c> address or as the path of a file. Beside
    /// <c>Keys</c> or instead of them; needs an <c>Issuer</c>.
    /// </summary>
    [StringLength(2048)]
    public string? KeySet { get; set; }

    /// <summary>The keys that its backend shows over HTTP, to act for its users and to ask what only a backend may. None: nobody can.</summary>
    public IList<ApiKeyOptions> ApiKeys { get; } = [];

    /// <summary>What tokens must say in <c>iss</c>. Left out, any is taken.</summary>
    [StringLength(512)]
    public string? Issuer { get; set; }

    /// <summary>What tokens must say in <c>aud</c>. Left out, the app's name.</summary>
    [StringLength(512)]
    public string? Audience { get; set; }

    /// <summary>The calling code of telephone numbers that are given without <c>+</c>, as <c>49</c>. Left out, such numbers are refused.</summary>
    public string? DefaultCountry { get; set; }

    /// <summary>Whether users find each other by e-mail address and telephone number, both whole. By id and by number they always do.</summary>
    public bool FindByAlias { get; set; } = true;

    /// <summary>Whether only contacts may message each other directly. Groups are not concerned.</summary>
    public bool OnlyContactsMayMessage { get; set; }

    /// <summary>Whether a user has one session at a time: opening one ends those on his other devices.</summary>
    public bool SingleSession { get; set; }

    /// <summary>Who makes rooms: <c>Users</c>, any of them; or <c>Backend</c>, only requests with one of the <c>ApiKeys</c>, in the name of the user who is to own the room.</summary>
    public RoomMakers RoomsMadeBy { get; set; }

    /// <summary>Whether it has messaging at all. Without it nothing is sent, and what was sent before can be read.</summary>
    public bool Messaging { get; set; } = true;

    /// <summary>
    /// Who is told how far somebody has received and read: <c>Everyone</c> in the conversation; <c>Sender</c>, only who sent the messages in question; or <c>Nobody</c>. A user's own devices
    /// always are.
    /// </summary>
    public ReceiptAudience Receipts { get; set; }

    /// <summary>What its users may do with messages.</summary>
    public MessageOptions Messages { get; } = new();

    /// <summary>What its users may upload.</summary>
    public UploadOptions Uploads { get; } = new();

    /// <summary>What it does not let pass.</summary>
    public ModerationOptions Moderation { get; } = new();

    /// <summary>How long it keeps them.</summary>
    public RetentionOptions Retention { get; } = new();
}

/// <summary>Who makes rooms in an app.</summary>
public enum RoomMakers
{
    /// <summary>Any user.</summary>
    Users,

    /// <summary>The app's backend only.</summary>
    Backend,
}

/// <summary>Who is told how far somebody has received and read.</summary>
public enum ReceiptAudience
{
    /// <summary>Everybody in the conversation.</summary>
    Everyone,

    /// <summary>Only who sent the messages that were received or read.</summary>
    Sender,

    /// <summary>Nobody but the user's own devices.</summary>
    Nobody,
}

/// <summary>A key of an app.</summary>
public sealed class AppKeyOptions
{
    /// <summary>The <c>kid</c> of the tokens it signs. A key with an id verifies tokens that name it or name none; a key without one, any.</summary>
    [StringLength(128)]
    public string? Id { get; set; }

    /// <summary>
    /// The shared secret for HS256: text of at least 32 bytes, or <c>base64:</c> and at least 32 bytes in base64.
    /// Make one with <c>openssl rand -base64 32</c>.
    /// </summary>
    [DataType(DataType.Password)]
    public string Secret { get; set; } = "";

    /// <summary>
    /// In place of a secret, the public half of the key that the backend signs with, in PEM from <c>-----BEGIN PUBLIC KEY-----</c> on: RSA of
    /// 2,048 to 8,192 bits for RS256, or the curve P-256 for ES256.
    /// </summary>
    [DataType("PublicKey")]
    public string PublicKey { get; set; } = "";
}

/// <summary>A key that an app's backend shows: whoever has it may do in this app whatever any of its users may, and more.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>What it is called, as <c>app.get</c> tells: 1 to 64 of <c>a-z 0-9 -</c>. Each key of an app has another name.</summary>
    [StringLength(64)]
    public string Name { get; set; } = "";

    /// <summary>
    /// The key itself, as it stands in the header: 32 to 512 printable ASCII characters without space. No other key of this server may have it.
    /// Make one with <c>openssl rand -base64 32</c>.
    /// </summary>
    [DataType(DataType.Password)]
    public string Secret { get; set; } = "";
}
