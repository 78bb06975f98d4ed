namespace Parley.Conversations;

/// <summary>Uploaded content as a message may refer to it.</summary>
/// <param name="Type">The MIME type that its bytes show.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256 in hexadecimal.</param>
/// <param name="Name">What its uploader called it.</param>
/// <param name="Width">Pixels across, of a picture that says it.</param>
/// <param name="Height">Pixels down, of a picture that says it.</param>
internal sealed record StoredContent(string Type, long Size, string Hash, string? Name, int? Width, int? Height)
{
    /// <summary>Whether a message refers to any.</summary>
    public static bool IsIn(MessageContent content)
    {
        for (var index = 0; index < content.Parts.Count; index++)
        {
            if (content.Parts[index].Content is not null) return true;
        }

        return false;
    }

    /// <summary>The content with what is known of what was uploaded, whatever its sender said of it; refused when it refers to what he may not refer to.</summary>
    /// <param name="content">What he wants to say.</param>
    /// <param name="found">What may be referred to, by the request's key.</param>
    /// <param name="request">The request's key.</param>
    public static Outcome<MessageContent> Fill(MessageContent content, IReadOnlyDictionary<Guid, IReadOnlyDictionary<ContentId, StoredContent>> found, Guid request)
    {
        if (!IsIn(content)) return content;
        var known = found[request];
        var parts = new MessagePart[content.Parts.Count];
        for (var index = 0; index < parts.Length; index++)
        {
            var part = content.Parts[index];
            if (part.Content is not { } id) parts[index] = part;
            else if (known.TryGetValue(id, out var stored)) parts[index] = stored.Fill(part);
            else return Refusals.NotFound.Because($"$.content.parts[{index}].content: no such content");
        }

        return content with { Parts = parts };
    }

    private MessagePart Fill(MessagePart part) => part with
    {
        Type = Type,
        Size = Size,
        Hash = Hash,
        Name = part.Name ?? Name,
        Width = Width ?? part.Width,
        Height = Height ?? part.Height,
    };
}

/// <summary>Which stored content a message is to refer to.</summary>
/// <param name="As">The key of its request.</param>
/// <param name="Contents">Which, each once.</param>
internal sealed record ContentsToSend(Guid As, IReadOnlyList<ContentId> Contents)
{
    /// <summary>Null for none.</summary>
    public static ContentsToSend? Of(Guid request, MessageContent content) =>
        StoredContent.IsIn(content) ? new ContentsToSend(request, [.. content.Parts.Select(part => part.Content).OfType<ContentId>().Distinct()]) : null;
}
