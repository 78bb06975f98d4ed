namespace Parley.Conversations;

/// <summary>Changing settings and attributes.</summary>
internal sealed partial record Conversation
{
    /// <summary>Changes settings, all or none. The event says what is different, as it is afterwards.</summary>
    public Outcome<Decision> Update(UserId actor, UpdateConversation command)
    {
        var by = Known[actor];
        if (LacksToChange(by, SettingsRules.NeededFor(command)) is { } refusal) return refusal;
        if (Rules.Membership == Membership.Free && SettingsRules.IsAboutJoining(command)) return Refusals.NotForThisKind.Because("people join and leave a room by themselves");
        if (command.DefaultPermissions is { } given && !IsOwner(by) && !(DefaultPermissions | by.Permissions).HasFlag(given)) return Refusals.PermissionDenied;
        var texts = Texts!;
        var data = command.CustomDataPatch is { } patch ? (texts.CustomData ?? CustomData.Empty).Patched(patch) : command.CustomData;
        if (data is not null && SettingsRules.Check(data, "$.customDataPatch: after it custom data") is { } tooLarge) return tooLarge;

        var changed = new ConversationChanged(
            actor, Different(command.Title, texts.Title), Different(command.Description, texts.Description), Different(command.Announcement, texts.Announcement),
            data is null || data.Equals(texts.CustomData ?? CustomData.Empty) ? null : data,
            Switched(command.Public, Traits.Public), Switched(command.Approval, Traits.Approval), Switched(command.MembersInvite, Traits.MembersInvite),
            Switched(command.ConfirmInvitations, Traits.ConfirmInvitations), Switched(command.Muted, Traits.Muted),
            command.DefaultPermissions == DefaultPermissions ? null : command.DefaultPermissions);
        return changed == new ConversationChanged(actor) ? Refusals.Unchanged : new Decision(changed, [by]) { ConcernsAll = true };

        static string? Different(string? wish, string? now) => wish is null || wish == (now ?? "") ? null : wish;
        bool? Switched(bool? wish, Traits trait) => wish == Traits.HasFlag(trait) ? null : wish;
    }

    /// <summary>Sets and removes attributes of the conversation: whoever sends, but what others set only who manages it (B14).</summary>
    public Outcome<Decision> SetAttributes(UserId actor, IReadOnlyDictionary<string, string> set, IReadOnlyCollection<string> remove, DateTimeOffset now)
    {
        var by = Known[actor];
        if ((MayNotSet(by, set, now) ?? Lacks(by, Permissions.Send)) is { } refusal) return refusal;
        var attributes = Attributes!.Set;
        if (!by.Permissions.HasFlag(Permissions.ManageConversation)
            && set.Keys.Concat(remove).FirstOrDefault(name => attributes.TryGetValue(name, out var one) && one.Actor != actor) is { } others)
            return Refusals.PermissionDenied.Because($"{others} was set by somebody else");
        return Change(by, null, set, remove, attributes);
    }

    /// <summary>Sets and removes attributes of a participant: his own, or who manages participants.</summary>
    public Outcome<Decision> SetAttributesOf(
        UserId actor, UserId user, IReadOnlyDictionary<string, string> set, IReadOnlyCollection<string> remove, DateTimeOffset now)
    {
        var by = Known[actor];
        if ((MayNotSet(by, set, now) ?? Lacks(by, user == actor ? Permissions.None : Permissions.ManageParticipants)) is { } refusal) return refusal;
        if (Known[user].Standing != Standing.Joined) return Refusals.InvalidParams.Because($"{user} is not a participant");
        var attributes = Attributes!.Set;
        var bytes = attributes.Where(one => !remove.Contains(one.Key) && !set.ContainsKey(one.Key)).Sum(one => TextSize.Bytes(one.Key) + one.Value.Bytes)
            + set.Sum(one => TextSize.Bytes(one.Key) + TextSize.Bytes(one.Value));
        if (bytes > Parley.SetAttributes.MaxBytesOfParticipant) return Refusals.TooLarge.Because($"attributes of a participant: {bytes} bytes, at most {Parley.SetAttributes.MaxBytesOfParticipant}");
        return Change(by, user, set, remove, attributes);
    }

    /// <summary>Why somebody changes no attributes, whosever they are; null when it depends on that.</summary>
    /// <remarks>Everybody is told what is set, and a mute that lets somebody go on by it is none. To take away says nothing.</remarks>
    private Refusal? MayNotSet(Participation by, IReadOnlyDictionary<string, string> set, DateTimeOffset now) =>
        LacksToChange(by, Permissions.None) ?? (set.Count == 0 ? null : by.Person.Silenced(now) ?? Silenced(by, now));

    private Outcome<Decision> Change(
        Participation by, UserId? user, IReadOnlyDictionary<string, string> set, IReadOnlyCollection<string> remove,
        IReadOnlyDictionary<string, (int Bytes, UserId Actor)> attributes)
    {
        var removed = remove.Where(attributes.ContainsKey).Order(StringComparer.Ordinal).ToArray();
        if (set.Count == 0 && removed.Length == 0) return Refusals.Unchanged;
        var after = attributes.Keys.Except(removed).Union(set.Keys).Count();
        if (after > Parley.SetAttributes.MaxAttributes) return Refusals.TooLarge.Because($"attributes: {after}, at most {Parley.SetAttributes.MaxAttributes}");
        Participation[] involved = user is { } one && one != by.User ? [by, Known[one]] : [by];
        return new Decision(new AttributesChanged(by.User, user, set.Count == 0 ? null : set, removed.Length == 0 ? null : removed), involved) { ConcernsAll = true };
    }
}
