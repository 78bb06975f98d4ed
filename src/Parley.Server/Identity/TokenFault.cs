namespace Parley.Identity;

/// <summary>Why a token was not taken. For the operator's metric and debug log only: whoever sent it learns nothing of it.</summary>
internal enum TokenFault
{
    None,
    Malformed,
    Algorithm,
    Type,
    Critical,
    UnknownKey,
    KeysUnavailable,
    BadSignature,
    Audience,
    Issuer,
    Subject,
    Times,
    Expired,
    NotYetValid,
    LivesTooLong,
}
