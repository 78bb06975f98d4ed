using Parley.Storage;

namespace Parley.Presence;

/// <summary>Whether a user may know how another one can be reached. Asked for each of those who are told, so it must not wait. Bound by the composition.</summary>
internal delegate bool MaySee(UserKey viewer, UserKey seen);
