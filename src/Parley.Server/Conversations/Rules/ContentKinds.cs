namespace Parley.Conversations;

/// <summary>What a message consists of. The numbers are stored, and belong to <see cref="ContentKind"/>.</summary>
[Flags]
internal enum ContentKinds
{
    /// <summary>It is no message.</summary>
    None = 0,
    Text = 1 << ContentKind.Text,
    Image = 1 << ContentKind.Image,
    Audio = 1 << ContentKind.Audio,
    Video = 1 << ContentKind.Video,
    File = 1 << ContentKind.File,
    Location = 1 << ContentKind.Location,
    Sticker = 1 << ContentKind.Sticker,
    Command = 1 << ContentKind.Command,
    Custom = 1 << ContentKind.Custom,

    /// <summary>It consisted of something, and was taken back.</summary>
    Recalled = 1 << 15,
}

/// <summary>What a message is taken for. Pure.</summary>
internal static class ContentKindRules
{
    public static ContentKinds Of(MessageContent content)
    {
        // By far the most are one text.
        if (content.Parts is [{ Type: MessagePart.PlainText }]) return ContentKinds.Text;
        var kinds = ContentKinds.None;
        foreach (var part in content.Parts) kinds |= (ContentKinds)(1 << (int)part.Kind);
        return kinds;
    }

    /// <summary>What has one of these kinds has one of these bits; none for no kinds.</summary>
    public static ContentKinds Of(IEnumerable<ContentKind>? kinds) =>
        (kinds ?? []).Aggregate(ContentKinds.None, (bits, kind) => bits | (ContentKinds)(1 << (int)kind));

    /// <summary>1 for what somebody is to read: not what his app does by itself, and not what was taken back.</summary>
    public static int Counted(ContentKinds kinds) => kinds is ContentKinds.None or ContentKinds.Command or ContentKinds.Recalled ? 0 : 1;
}
