namespace Parley.Conversations;

/// <summary>What settings may be, whoever asks for them.</summary>
internal static class SettingsRules
{
    /// <summary>Whether a change could be of any conversation; null, or what is wrong with it.</summary>
    public static Refusal? Check(UpdateConversation command) =>
        Text(command.Title, "$.title", UpdateConversation.MaxTitle)
        ?? Text(command.Description, "$.description", UpdateConversation.MaxText)
        ?? Text(command.Announcement, "$.announcement", UpdateConversation.MaxText)
        ?? (command is { CustomData: not null, CustomDataPatch: not null } ? Refusals.InvalidParams.Because("give customData or customDataPatch, not both") : null)
        ?? Check(command.CustomData, "$.customData")
        ?? Check(command.CustomDataPatch, "$.customDataPatch")
        ?? Newcomers(command.DefaultPermissions)
        ?? (NeededFor(command) == Permissions.None ? Refusals.InvalidParams.Because("expected one setting or more") : null);

    /// <summary>Null, or what is wrong with settings to begin with.</summary>
    public static Refusal? Check(NewSettings settings) =>
        Text(settings.Description, "$.settings.description", UpdateConversation.MaxText)
        ?? Text(settings.Announcement, "$.settings.announcement", UpdateConversation.MaxText)
        ?? Check(settings.CustomData, "$.settings.customData");

    public static Refusal? Check(CustomData? data, string path)
    {
        if (data is null) return null;
        if (data.Depth > CustomData.MaxDepth) return Refusals.InvalidParams.Because($"{path}: expected at most {CustomData.MaxDepth} levels");
        return TextSize.Bytes(data.Json) > CustomData.MaxBytes ? Refusals.TooLarge.Because($"{path}: at most {CustomData.MaxBytes} bytes") : null;
    }

    /// <summary>Null, or what is wrong with the permissions of newcomers.</summary>
    public static Refusal? Newcomers(Permissions? permissions) =>
        permissions is { } given && given.HasFlag(Permissions.Owner) ? Refusals.InvalidParams.Because("$.defaultPermissions: newcomers cannot be owners") : null;

    /// <summary>What a change needs of who asks for it; nothing when it changes nothing.</summary>
    public static Permissions NeededFor(UpdateConversation command)
    {
        var needed = Permissions.None;
        if ((command.Title ?? command.Description ?? command.Announcement ?? command.CustomData ?? command.CustomDataPatch ?? command.DefaultPermissions ?? (object?)command.Public)
            is not null) needed |= Permissions.ManageConversation;
        if (command.Muted is not null || (command.Approval ?? command.MembersInvite ?? command.ConfirmInvitations) is not null) needed |= Permissions.ManageParticipants;
        return needed;
    }

    /// <summary>Whether it says how people come in.</summary>
    public static bool IsAboutJoining(UpdateConversation command) =>
        (command.Public ?? command.Approval ?? command.MembersInvite ?? command.ConfirmInvitations) is not null;

    private static Refusal? Text(string? text, string path, int most) =>
        text is not null && TextSize.CodePoints(text) > most ? Refusals.InvalidParams.Because($"{path}: expected at most {most} code points") : null;
}
