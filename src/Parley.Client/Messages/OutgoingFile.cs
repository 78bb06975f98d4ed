using System.Text.Json;

namespace Parley.Client;

/// <summary>A file of a message on its way, as it was when it was handed in, and how far it is.</summary>
internal sealed class OutgoingFile(string path, string? type, string? name, long length, DateTime modified)
{
    public string Path => path;

    public string? Type => type;

    public string? Name => name;

    public long Length => length;

    /// <summary>When it was changed last, in UTC.</summary>
    public DateTime Modified => modified;

    /// <summary>The upload, once it was begun.</summary>
    public ContentId? Content { get; set; }

    /// <summary>What it is in the message, once all of it is uploaded.</summary>
    public MessagePart? Part { get; set; }

    /// <summary>As it is now.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static OutgoingFile Of(LocalFile file)
    {
        var found = new FileInfo(System.IO.Path.GetFullPath(file.Path));
        if (!found.Exists) throw new FileNotFoundException($"There is no file {found.FullName}.", found.FullName);
        var type = file.Type ?? (FileType.Of(found.Name) is var known && known != FileType.Unknown ? known : null);
        return new OutgoingFile(found.FullName, type, file.Name ?? found.Name, found.Length, found.LastWriteTimeUtc);
    }

    /// <summary>Why it cannot be sent any more; null when it is as it was.</summary>
    public string? Problem()
    {
        var now = new FileInfo(path);
        if (!now.Exists) return $"the file {path} is gone.";
        return now.Length == length && now.LastWriteTimeUtc == modified ? null : $"the file {path} was changed after it was handed in.";
    }

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<OutgoingFile> files)
    {
        writer.WriteStartArray("files");
        foreach (var file in files)
        {
            writer.WriteStartObject();
            writer.WriteString("path", file.Path);
            if (file.Type is not null) writer.WriteString("type", file.Type);
            if (file.Name is not null) writer.WriteString("name", file.Name);
            writer.WriteNumber("length", file.Length);
            writer.WriteNumber("modified", file.Modified.Ticks);
            if (file.Content is { } content) writer.WriteString("content", content.Value);
            if (file.Part is { } part)
            {
                writer.WritePropertyName("part");
                JsonSerializer.Serialize(writer, part, ProtocolJson.Lenient.MessagePart);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    public static IReadOnlyList<OutgoingFile> Read(JsonElement files) => [.. files.EnumerateArray().Select(Read1)];

    private static OutgoingFile Read1(JsonElement json) => new(
        json.GetProperty("path").GetString()!, Text(json, "type"), Text(json, "name"), json.GetProperty("length").GetInt64(), new DateTime(json.GetProperty("modified").GetInt64(), DateTimeKind.Utc))
    {
        Content = Text(json, "content") is { } content ? new ContentId(content) : null,
        Part = json.TryGetProperty("part", out var part) ? part.Deserialize(ProtocolJson.Lenient.MessagePart) : null,
    };

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var text) ? text.GetString() : null;
}
