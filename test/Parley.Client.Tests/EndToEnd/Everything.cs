namespace Parley.Client.Tests.EndToEnd;

/// <summary>One message of each type and home: as it is sent, as it arrives, and of what kinds its parts are.</summary>
internal static class Everything
{
    public static readonly Location Place = new(-33.856784, 151.215297, "Opera House", "Bennelong Point, Sydney");
    public static readonly Sticker Cat = new("Cats", "waving-17");
    public static readonly AppCommand Ring = new("ring", CustomData.Parse("""{"times":3}"""));
    public static readonly CustomEvent Card = new("userCard", new Dictionary<string, string> { ["count"] = "3", ["empty"] = "", ["name"] = "Zoë" });

    /// <param name="uploaded">A picture, a sound, a film and a document.</param>
    /// <param name="elsewhere">Where the app keeps files of its own.</param>
    public static IReadOnlyList<(MessageContent Sent, MessageContent Expected, ContentKind[] Kinds)> Of(IReadOnlyList<ContentUploaded> uploaded, Uri elsewhere)
    {
        var (picture, sound, film, document) = (uploaded[0], uploaded[1], uploaded[2], uploaded[3]);
        var ext = CustomData.Parse("""{"color":"red","nested":{"list":[1,2.5,"x",true,{"none":null}]},"file_length":4711}""");
        return
        [
            Plain(MessagePart.OfText("Lunch at 12? \U0001F35C :-) \U0001F469\u200D\U0001F469\u200D\U0001F467 e\u0301"), ContentKind.Text),
            Plain(new MessagePart("text/markdown", "*Lunch*"), ContentKind.Text),
            Plain(new MessagePart("application/vnd.acme.order+json", """{"order":17}"""), ContentKind.File),
            Plain(new MessagePart("x-acme/anything", "\u0001 as it is \\ \""), ContentKind.File),
            Plain(MessagePart.Of(Place), ContentKind.Location),
            Plain(MessagePart.Of(Cat), ContentKind.Sticker),
            Plain(MessagePart.Of(Ring), ContentKind.Command),
            Plain(MessagePart.Of(Card), ContentKind.Custom),
            Plain(MessagePart.OfUrl("image/png", new Uri(elsewhere, "a.png"), "Holiday \U0001F3D6.png") with { Size = 123_456_789_012, Width = 1_920, Height = 1_080 }, ContentKind.Image),
            Plain(MessagePart.OfUrl("audio/amr", new Uri(elsewhere, "a.amr"), "a.amr") with { DurationMs = 61_500 }, ContentKind.Audio),
            Plain(MessagePart.OfUrl("video/x-ms-wmv", new Uri(elsewhere, "a.wmv"), "a.wmv") with { Width = 640, Height = 480, DurationMs = 5_400_000_000 }, ContentKind.Video),
            Plain(MessagePart.OfUrl("application/zip", new Uri(elsewhere, "a.zip?x=1&y=%20")), ContentKind.File),
            Stored(picture, part => part, ContentKind.Image),
            Stored(sound, part => part with { DurationMs = 1_001 }, ContentKind.Audio),
            Stored(film, part => part with { Width = 320, Height = 200, DurationMs = 90_000 }, ContentKind.Video),
            Stored(document, part => part with { Name = "Other name.pdf" }, ContentKind.File),
            Both(
                new MessageContent(
                    [MessagePart.OfText("You all"), MessagePart.OfUrl("image/jpeg", new Uri(elsewhere, "b.jpg"))], ext, new Mentions([new UserId("BoB_17"), new UserId("bob_17")], All: true)),
                ContentKind.Text, ContentKind.Image),
        ];
    }

    private static (MessageContent, MessageContent, ContentKind[]) Plain(MessagePart part, ContentKind kind) =>
        Both(new MessageContent([part], CustomData.Parse($$"""{"of":"{{part.Type}}"}"""), new Mentions([new UserId("BoB_17")])), kind);

    private static (MessageContent, MessageContent, ContentKind[]) Both(MessageContent content, params ContentKind[] kinds) => (content, content, kinds);

    /// <summary>What is stored arrives with what the server knows of it, whatever the sender says.</summary>
    private static (MessageContent, MessageContent, ContentKind[]) Stored(ContentUploaded file, Func<MessagePart, MessagePart> say, ContentKind kind)
    {
        var part = say(MessagePart.OfContent(file.Type, file.Content));
        var arrives = part with { Size = file.Size, Hash = file.Hash, Name = part.Name ?? file.Name, Width = file.Width ?? part.Width, Height = file.Height ?? part.Height };
        return (new MessageContent([part with { Size = 1 }]), new MessageContent([arrives]), [kind]);
    }
}
