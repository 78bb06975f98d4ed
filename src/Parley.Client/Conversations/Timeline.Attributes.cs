using System.Collections.Immutable;

namespace Parley.Client;

/// <content>Attributes of the conversation and of who is in it.</content>
public sealed partial record Timeline
{
    /// <summary>The conversation's attributes, by name; null where nobody told. Of a conversation that I am out of they are as they were when I left, if they were told before.</summary>
    public ImmutableSortedDictionary<string, string>? Attributes { get; private init; }

    /// <summary>
    /// With the attributes as they were read when <see cref="Head"/> had been applied, or later. Entries that are applied afterwards count on top, also those that the reading knew of already; so it does not matter when
    /// between them it was read, nor whether it took several pages.
    /// </summary>
    /// <param name="attributes">The conversation's; null leaves them as they are.</param>
    /// <param name="participants">Those of everybody in it; who is not named has none. Null leaves them as they are.</param>
    public Timeline WithAttributes(IReadOnlyDictionary<string, string>? attributes, IEnumerable<ParticipantAttributes>? participants = null)
    {
        var told = attributes is null ? this : this with { Attributes = NoAttributes.SetItems(attributes) };
        if (participants is null || told.Participants is null) return told;
        var all = new Dictionary<UserId, IReadOnlyDictionary<string, string>>();
        foreach (var one in participants) all[one.User] = one.Attributes;
        return told.With(told.Participants.Keys, one => one with { Attributes = NoAttributes.SetItems(all.GetValueOrDefault(one.User, NoAttributes)) });
    }

    /// <summary>None, where that is known.</summary>
    internal static ImmutableSortedDictionary<string, string> NoAttributes { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    private Timeline Change(AttributesChanged changed) => changed.User is { } user
        ? With([user], one => one with { Attributes = After(one.Attributes, changed) })
        : this with { Attributes = After(Attributes, changed) };

    /// <summary>Of what was never told a part would be no use.</summary>
    private static ImmutableSortedDictionary<string, string>? After(ImmutableSortedDictionary<string, string>? before, AttributesChanged changed) =>
        before?.SetItems(changed.Set ?? NoAttributes).RemoveRange(changed.Removed ?? []);
}
