using Parley.Client;

namespace Parley.Tests.Conversations;

/// <summary>A device in a <see cref="Life"/>, as it knows the conversation: it got the state once, and from then on hears and reads what comes after it.</summary>
internal sealed class LifeDevice(UserId user, int number)
{
    public UserId User => user;

    public int Number => number;

    public Timeline Known { get; set; } = Timeline.Empty(default, user);

    /// <summary>Whether it hears what happens; else it reads it when it is back.</summary>
    public bool IsConnected { get; set; }

    /// <summary>The token of its last session.</summary>
    public string? Since { get; set; }

    /// <summary>The token after which it must be told whose cursors moved; null while it was not told everybody's.</summary>
    public string? KnownSince { get; set; }

    /// <summary>What it was told last of what its user removed for himself.</summary>
    public string? Removals { get; set; }

    /// <summary>Whether something was not told to it since it got the state: it began while its user was out, or passed over what he does not see.</summary>
    public bool WasToldLittle { get; set; }

    /// <summary>Whether its user may read, as far as it knows: else nothing is told to it.</summary>
    public bool MayRead { get; set; }

    public override string ToString() => $"{user}/{number}";

    /// <summary>An entry as it is told to who is connected. False when something before it is missing.</summary>
    public bool Hears(LogEntry entry)
    {
        var (next, gap) = Known.Apply(entry);
        Known = next;
        if (gap is null && entry.Event is PermissionsChanged changed && changed.Participants.FirstOrDefault(one => one.User == user) is { Permissions: { } own }) MayRead = own.HasFlag(Permissions.Read);
        return gap is null;
    }

    /// <summary>Entries and what is between them that is not shown, as a page of the log has them; false when they do not follow what it has.</summary>
    public bool Takes(IReadOnlyList<LogEntry> entries, IReadOnlyList<SkippedRange>? skipped)
    {
        var pieces = entries.Select(entry => (At: entry.Sequence, Entry: (LogEntry?)entry, Range: (SkippedRange?)null))
            .Concat((skipped ?? []).Select(range => (range.From, (LogEntry?)null, (SkippedRange?)range))).OrderBy(piece => piece.Item1);
        foreach (var (_, entry, range) in pieces)
        {
            var step = entry is not null ? Known.Apply(entry) : Known.Apply(range!);
            if (step.Gap is not null) return false;
            if (range is not null) WasToldLittle = true;
            Known = step.Timeline;
        }

        return true;
    }

    public void Moves(UserId whose, Sequence? delivered, Sequence? read, IReadOnlyList<Sequence>? ahead) =>
        Known = delivered is { } received && read is { } seen ? Known.Move(whose, received, seen, ahead) : Known;
}
