using System.Collections.Frozen;
using static Parley.RetryPolicy;

namespace Parley;

/// <summary>The catalogue: every refusal Parley can give. docs/protocol/refusals.md is generated from it.</summary>
public static class Refusals
{
    /// <summary>The bytes are not JSON, or JSON that Parley does not take.</summary>
    public static readonly Refusal InvalidJson = new("invalid_json", -32700, 400, Never,
        "The text is not valid JSON: check its syntax, encoding, duplicate members, U+0000 and lone surrogates.");

    /// <summary>JSON, but not a request.</summary>
    public static readonly Refusal InvalidRequest = new("invalid_request", -32600, 400, Never,
        "The JSON is not a request: it needs jsonrpc \"2.0\", an id (a string of up to 64 characters or an integer), a method, and params as an object.");

    /// <summary>There is no such method.</summary>
    public static readonly Refusal UnknownMethod = new("unknown_method", -32601, 404, Never,
        "There is no such method; docs/protocol lists them all.");

    /// <summary>A member of params has the wrong type or value.</summary>
    public static readonly Refusal InvalidParams = new("invalid_params", -32602, 400, Never,
        "A member of params is missing or has the wrong type, form or value.") { Agora = 205 };

    /// <summary>An HTTP request that is wrong before its params are looked at.</summary>
    public static readonly Refusal BadRequest = new("bad_request", 4000, 400, Never,
        "The HTTP request says something in its query or its headers that is not taken; the detail says what.");

    /// <summary>A member of params that the method does not have.</summary>
    public static readonly Refusal UnknownField = new("unknown_field", 4001, 400, Never,
        "A member of params is not known to this method; nothing of the request was done.");

    /// <summary>More than a request may carry.</summary>
    public static readonly Refusal TooLarge = new("too_large", 4002, 413, Never,
        "The request, or a part of it, is larger than its limit.") { Agora = 511 };

    /// <summary>Content that this app does not take.</summary>
    public static readonly Refusal UnsupportedContent = new("unsupported_content", 4003, 415, Never,
        "Parts of this MIME type are not supported.");

    /// <summary>The conversation's kind has no such operation.</summary>
    public static readonly Refusal NotForThisKind = new("not_for_this_kind", 4004, 400, Never,
        "Conversations of this kind do not have this operation; the detail says why.") { Agora = 53 };

    /// <summary>A file that is not taken for what is in it.</summary>
    public static readonly Refusal ContentRefused = new("content_refused", 4005, 400, Never,
        "The file is not taken: it is not what it is said to be, it is damaged or too large to be shown, or the app does not want it; the detail says which.");

    /// <summary>No valid token.</summary>
    public static readonly Refusal Unauthorized = new("unauthorized", 4010, 401, Never,
        "The token is missing, expired, or not valid for this app; get a new one from the app's backend.");

    /// <summary>He may not send anywhere for a while.</summary>
    public static readonly Refusal MutedInApp = new("muted_in_app", 4029, 403, Never,
        "The app has muted the user: he may not send anywhere; the detail says until when.") { Agora = 219 };

    /// <summary>The participant may not do this.</summary>
    public static readonly Refusal PermissionDenied = new("permission_denied", 4030, 403, Never,
        "The participant's permissions do not allow this.") { Agora = 603 };

    /// <summary>He was a participant and is none now.</summary>
    public static readonly Refusal NotParticipant = new("not_participant", 4031, 403, Never,
        "The user is no longer a participant of this conversation.") { Agora = 602 };

    /// <summary>He may not send here for a while.</summary>
    public static readonly Refusal Muted = new("muted", 4032, 403, Never,
        "The user is muted in this conversation and may not send; the detail says until when.") { Agora = 507 };

    /// <summary>Only some may send.</summary>
    public static readonly Refusal ConversationMuted = new("conversation_muted", 4033, 403, Never,
        "The conversation is muted: only those on its allow list, owners, and who manages it may send.") { Agora = 506 };

    /// <summary>He was put out and stays out.</summary>
    public static readonly Refusal Banned = new("banned", 4034, 403, Never,
        "The user is banned from this conversation and cannot be in it before somebody lifts that.") { Agora = 603 };

    /// <summary>The app does not let the user in.</summary>
    public static readonly Refusal Suspended = new("suspended", 4035, 403, Never,
        "The app has suspended, deactivated or deleted the user: nothing of him is taken.");

    /// <summary>The other one does not want it.</summary>
    public static readonly Refusal Blocked = new("blocked", 4036, 403, Never,
        "The other user blocks this one: no message to the direct conversation and no request to be a contact is taken.") { Agora = 603 };

    /// <summary>The app asks for being contacts first.</summary>
    public static readonly Refusal NotContact = new("not_contact", 4037, 403, Never,
        "In this app only contacts may message each other directly: ask with contact.request first.") { Agora = 221 };

    /// <summary>It would have had to be earlier.</summary>
    public static readonly Refusal TooLate = new("too_late", 4038, 403, Never,
        "The message was sent longer ago than the app lets it be changed.") { Agora = 504 };

    /// <summary>The app takes nothing back.</summary>
    public static readonly Refusal RecallDisabled = new("recall_disabled", 4039, 403, Never,
        "This app lets no message be recalled.") { Agora = 505 };

    /// <summary>Nothing there, or nothing he may know of.</summary>
    public static readonly Refusal NotFound = new("not_found", 4040, 404, Never,
        "There is no such thing, or the user may not know of it.") { Agora = 605 };

    /// <summary>No such message, or none he may read.</summary>
    public static readonly Refusal MessageNotFound = new("message_not_found", 4042, 404, Never,
        "There is no such message, or the user may not read it.") { Agora = 51 };

    /// <summary>Not with this verb of HTTP.</summary>
    public static readonly Refusal VerbNotAllowed = new("verb_not_allowed", 4050, 405, Never,
        "This is not asked with this verb of HTTP: every method takes POST, those that only read and whose params fit a query take GET.");

    /// <summary>An address of content, after its time.</summary>
    public static readonly Refusal UrlExpired = new("url_expired", 4041, 404, Never,
        "The address of this content has expired; ask content.url for another.");

    /// <summary>The body of an HTTP request did not come in time.</summary>
    public static readonly Refusal TooSlow = new("too_slow", 4080, 408, Later,
        "The body of the request did not arrive in time, and nothing of it was done.");

    /// <summary>The id names something else already.</summary>
    public static readonly Refusal IdInUse = new("id_in_use", 4090, 409, Never,
        "This id was used for something else: by another sender, or with other content. Make a new id.");

    /// <summary>The message was cancelled before it arrived.</summary>
    public static readonly Refusal Cancelled = new("cancelled", 4091, 409, Never,
        "This id was cancelled with message.cancel and will never be recorded. Make a new id to send it after all.");

    /// <summary>Nothing to add.</summary>
    public static readonly Refusal AlreadyParticipant = new("already_participant", 4092, 409, Never,
        "Every user named is a participant already.") { Agora = 601 };

    /// <summary>No room for more participants.</summary>
    public static readonly Refusal Full = new("full", 4093, 409, Never,
        "The conversation has no room for this: as many participants as its kind allows, or as many entries as can be numbered.") { Agora = 606 };

    /// <summary>The last owner stays.</summary>
    public static readonly Refusal LastOwner = new("last_owner", 4094, 409, Never,
        "A conversation that has owners keeps at least one: make another participant owner first, or leave last.");

    /// <summary>The reader's position is of another history.</summary>
    public static readonly Refusal Reset = new("reset", 4095, 409, Never,
        "The position is not of this history (another epoch, or beyond the head): forget what is kept and read from the log again.");

    /// <summary>It is so already.</summary>
    public static readonly Refusal Unchanged = new("unchanged", 4096, 409, Never,
        "Everything that the request asks for is so already; nothing was recorded.");

    /// <summary>The alias is somebody else's.</summary>
    public static readonly Refusal AliasInUse = new("alias_in_use", 4097, 409, Never,
        "Another user of the app has this e-mail address or telephone number.");

    /// <summary>No room in a list.</summary>
    public static readonly Refusal ListFull = new("list_full", 4098, 409, Never,
        "The list has no room for this: the contacts, the requests that wait, or the block list of a user are as many as allowed.") { Agora = 50 };

    /// <summary>As often as may be.</summary>
    public static readonly Refusal EditLimit = new("edit_limit", 4099, 409, Never,
        "The message was edited as often as the app allows.") { Agora = 1304 };

    /// <summary>Bytes for another place of an upload.</summary>
    public static readonly Refusal WrongOffset = new("wrong_offset", 4089, 409, Never,
        "The upload is at another offset; ask with HEAD how far it is, and go on there.");

    /// <summary>The conversation is no more.</summary>
    public static readonly Refusal ConversationDeleted = new("conversation_deleted", 4100, 410, Never,
        "The conversation was deleted for everybody; forget what is kept of it.") { Agora = 605 };

    /// <summary>The message says nothing any more.</summary>
    public static readonly Refusal MessageRecalled = new("message_recalled", 4101, 410, Never,
        "The message was recalled: nothing is left of what it said.") { Agora = 1302 };

    /// <summary>An upload after its time.</summary>
    public static readonly Refusal UploadExpired = new("upload_expired", 4102, 410, Never,
        "The upload was not finished in time, or was given up, and nothing of it is kept; upload the file again.");

    /// <summary>Another version of the protocol of uploads.</summary>
    public static readonly Refusal TusVersion = new("tus_version", 4120, 412, Never,
        "Uploads that can be resumed speak tus 1.0.0: send Tus-Resumable: 1.0.0.");

    /// <summary>The body of an HTTP request is no JSON.</summary>
    public static readonly Refusal NotJson = new("not_json", 4150, 415, Never,
        "The body of a request is JSON: send it with Content-Type application/json, in UTF-8, and without Content-Encoding.");

    /// <summary>A part of content that it does not have.</summary>
    public static readonly Refusal RangeNotSatisfiable = new("range_not_satisfiable", 4160, 416, Never,
        "The content has no such range of bytes, or more ranges were asked for than are given at once.");

    /// <summary>It has a word that the app does not let pass.</summary>
    public static readonly Refusal Filtered = new("filtered", 4220, 422, Never,
        "The text has a word, or matches a pattern, that the app does not let pass; the detail says in which member.") { Agora = 501 };

    /// <summary>The app's own check says no.</summary>
    public static readonly Refusal Intercepted = new("intercepted", 4221, 422, Never,
        "The app's own check of messages does not let this pass; the detail is what it says of it.") { Agora = 502 };

    /// <summary>Somebody is to look at it first.</summary>
    public static readonly Refusal Held = new("held", 4222, 422, Never,
        "The message is kept until somebody of the app has looked at it, and recorded then, or not: the sender need not send it again.") { Agora = 508 };

    /// <summary>Somebody has no messaging.</summary>
    public static readonly Refusal NotCapable = new("not_capable", 4223, 422, Never,
        "The app, the user, or the one he writes to has no messaging; the detail says which.");

    /// <summary>Too often.</summary>
    public static readonly Refusal RateLimited = new("rate_limited", 4290, 429, Later,
        "Too many requests; wait for retryAfterMs and send the same request again.") { Agora = 509 };

    /// <summary>Bytes that are not those which were sent.</summary>
    public static readonly Refusal ChecksumMismatch = new("checksum_mismatch", 4600, 460, Later,
        "What arrived has another checksum than was announced, and nothing of it is kept; send it again.");

    /// <summary>A bug of the server.</summary>
    public static readonly Refusal Internal = new("internal", 5000, 500, Later,
        "The server failed; the operator finds the reason in its log under the request id.") { Agora = 503 };

    /// <summary>More work than the server can admit.</summary>
    public static readonly Refusal Overloaded = new("overloaded", 5030, 503, Later,
        "The server has more work than it can do in time and did not take this; wait for retryAfterMs and send the same request again.") { Agora = 500 };

    /// <summary>No word from the database.</summary>
    public static readonly Refusal OutcomeUnknown = new("outcome_unknown", 5031, 503, Later,
        "Whether this was recorded is not known yet; send the same request again to learn it.") { Agora = 512 };

    /// <summary>The database cannot be reached.</summary>
    public static readonly Refusal Unavailable = new("unavailable", 5032, 503, Later,
        "The database cannot be reached; nothing was recorded. Send the same request again later.") { Agora = 500 };

    /// <summary>The keys that could prove the token cannot be had.</summary>
    public static readonly Refusal KeysUnavailable = new("keys_unavailable", 5033, 503, Later,
        "The key set of the app's identity provider cannot be fetched, so the token can be neither taken nor refused; send the same request again later.");

    /// <summary>The server is going.</summary>
    public static readonly Refusal Restarting = new("restarting", 5034, 503, Later,
        "The server is going and did not take this; send the same request again after retryAfterMs, to whatever answers then.") { Agora = 500 };

    /// <summary>The app's own check does not answer.</summary>
    public static readonly Refusal ModerationUnavailable = new("moderation_unavailable", 5035, 503, Later,
        "The app's own check of messages does not answer, and without it nothing is recorded; send the same request again later.") { Agora = 502 };

    /// <summary>The disk is full.</summary>
    public static readonly Refusal StorageFull = new("storage_full", 5070, 507, Later,
        "The server's disk is full; nothing was recorded. The operator must free space.");

    /// <summary>As much as somebody may keep here.</summary>
    public static readonly Refusal QuotaExceeded = new("quota_exceeded", 5071, 507, Never,
        "There is no room for this in what the user, or the app, may keep; delete something first.");

    /// <summary>Every row, in the order of its number's magnitude.</summary>
    public static IReadOnlyList<Refusal> All { get; } =
    [
        InvalidJson, InvalidRequest, UnknownMethod, InvalidParams, BadRequest, UnknownField, TooLarge, UnsupportedContent, NotForThisKind, ContentRefused,
        Unauthorized, MutedInApp, PermissionDenied, NotParticipant, Muted, ConversationMuted, Banned, Suspended, Blocked, NotContact, TooLate, RecallDisabled, NotFound, UrlExpired, MessageNotFound, VerbNotAllowed, TooSlow, WrongOffset, IdInUse, Cancelled,
        AlreadyParticipant, Full, LastOwner, Reset, Unchanged, AliasInUse, ListFull, EditLimit,
        ConversationDeleted, MessageRecalled, UploadExpired, TusVersion, NotJson, RangeNotSatisfiable, Filtered, Intercepted, Held, NotCapable,
        RateLimited, ChecksumMismatch, Internal, Overloaded, OutcomeUnknown, Unavailable, KeysUnavailable, Restarting, ModerationUnavailable, StorageFull, QuotaExceeded,
    ];

    private static readonly FrozenDictionary<string, Refusal> ByCode = All.ToFrozenDictionary(refusal => refusal.Code);

    /// <summary>The row with this code; null for a code of a newer server.</summary>
    public static Refusal? Find(string code) => ByCode.GetValueOrDefault(code);
}
