using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>What attributes may be, whoever sets them.</summary>
internal static class AttributeRules
{
    /// <summary>Null, or what is wrong with a request.</summary>
    public static Refusal? Check(SetAttributes command)
    {
        var (set, remove) = (command.Set ?? new Dictionary<string, string>(), command.Remove ?? []);
        if (set.Count + remove.Count == 0) return Refusals.InvalidParams.Because("expected something to set or to remove");
        if (set.Count + remove.Count > SetAttributes.MaxAttributes) return Refusals.TooLarge.Because($"at most {SetAttributes.MaxAttributes} attributes to set and to remove");
        if (remove.FirstOrDefault(set.ContainsKey) is not null) return Refusals.InvalidParams.Because("$.remove: an attribute is set or removed, not both");
        var ofParticipant = command.User is not null;
        var (mostOfName, mostOfValue) = ofParticipant
            ? (SetAttributes.MaxNameOfParticipant, SetAttributes.MaxValueOfParticipant)
            : (SetAttributes.MaxName, SetAttributes.MaxValue);
        if (set.Keys.Concat(remove).Any(name => name.Length == 0 || TextSize.Bytes(name) > mostOfName))
            return Refusals.InvalidParams.Because($"expected names of 1 to {mostOfName} bytes");
        if (set.Values.Any(value => TextSize.Bytes(value) > mostOfValue)) return Refusals.TooLarge.Because($"$.set: values of at most {mostOfValue} bytes");
        // The entry holds them all, and an entry fits a frame.
        return set.Sum(one => Escaped(one.Key) + Escaped(one.Value)) > OutboundBounds.MaxEntriesBytes / 2
            ? Refusals.TooLarge.Because($"$.set: at most {OutboundBounds.MaxEntriesBytes / 2} bytes together")
            : null;
    }

    private static int Escaped(string text) => System.Text.Json.JsonEncodedText.Encode(text, ProtocolJson.Lenient.Options.Encoder).EncodedUtf8Bytes.Length;
}
