using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Parley.Conversations;

/// <summary>Names the content of a request, to tell a retry from another use of its id: HMAC-SHA-256 under the database's key.</summary>
/// <remarks>
/// Over an encoding of our own: a version, then each value with its length in front. It must never change for a version, because digests
/// outlive the server that made them. Keyed, so that a stolen database does not let short messages be guessed after their recall.
/// </remarks>
internal sealed class RequestDigest(byte[] key)
{
    private const byte Version = 1;

    [ThreadStatic]
    private static Writer? _writer;

    public byte[] Of(SendMessage command)
    {
        var writer = Begin("message.send");
        Add(writer, command.Content);
        if (command.ReplyTo is { } answered) Add(writer, "replyTo", answered.ToString());
        if (command.Notification is { } notification) Add(writer, "notification", JsonSerializer.Serialize(notification, ProtocolJson.Lenient.MessageNotification));
        return writer.End();
    }

    /// <summary>Of what was asked for, and not of who was found: the same for each recipient.</summary>
    public byte[] Of(SendToMany command)
    {
        var writer = Begin("message.sendTo");
        Add(writer, command.Content);
        if (command.Notification is { } notification) Add(writer, "notification", JsonSerializer.Serialize(notification, ProtocolJson.Lenient.MessageNotification));
        foreach (var recipient in command.Recipients) Add(writer, "recipient", recipient.User?.Value, recipient.Email, recipient.Phone);
        return writer.End();
    }

    public byte[] Of(EditMessage command)
    {
        var writer = Begin("message.edit");
        writer.Add(command.Message.ToString());
        Add(writer, command.Content);
        return writer.End();
    }

    /// <summary>What a text alone does not have comes behind the parts, each by its name: most messages have none of it.</summary>
    private static void Add(Writer writer, MessageContent content)
    {
        writer.Add(content.Parts.Count);
        foreach (var part in content.Parts)
        {
            writer.Add(part.Type);
            writer.Add(part.Body);
        }

        for (var index = 0; index < content.Parts.Count; index++)
        {
            var part = content.Parts[index];
            if (part == new MessagePart(part.Type, part.Body)) continue;
            Add(writer, "part", Text(index), part.Content?.Value, part.Url, part.Name, Text(part.Size), part.Hash, Text(part.Width), Text(part.Height), Text(part.DurationMs));
        }

        if (content.Ext is { } ext) Add(writer, "ext", ext.Json);
        if (content.Mentions is { } mentions) Add(writer, "mentions", [Text(mentions.All), .. (mentions.Users ?? []).Select(user => user.Value)]);
    }

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    /// <summary>Of what was decided, so that two lists that mean the same are the same request.</summary>
    public byte[] Of(ConversationCreated created)
    {
        var writer = Begin("conversation.create");
        writer.Add((int)created.Kind);
        writer.Add(created.Title ?? "");
        writer.Add((int)created.DefaultPermissions);
        foreach (var participant in created.Participants) writer.Add(participant.User.Value);
        // No user has an empty id: what follows one cannot be another user.
        if (created.Participants[0].Permissions is { } own && own != ConversationKinds.Of(created.Kind).Creator) Add(writer, "own", ((int)own).ToString(CultureInfo.InvariantCulture));
        if (created.Settings is { } settings)
        {
            Add(writer, "settings", settings.Description, settings.Announcement, settings.CustomData?.Json, settings.History.ToString(), Text(settings.Public), Text(settings.Approval),
                Text(settings.MembersInvite), Text(settings.ConfirmInvitations), Text(settings.Muted), Text(settings.Distinct));
        }

        return writer.End();
    }

    private static void Add(Writer writer, string name, params ReadOnlySpan<string?> values)
    {
        writer.Add("");
        writer.Add(name);
        foreach (var value in values) writer.Add(value);
    }

    /// <summary>Of a change of a conversation: its values in an order that belongs to the method, for ever.</summary>
    public byte[] Of(string method, IEnumerable<string?> values)
    {
        var writer = Begin(method);
        foreach (var value in values) writer.Add(value);
        return writer.End();
    }

    /// <summary>How a choice is named.</summary>
    public static string? Text(bool? yes) => yes is { } value ? value ? "1" : "0" : null;

    public byte[] Of(string method, IEnumerable<UserId> users)
    {
        var writer = Begin(method);
        foreach (var user in users.Distinct().Order()) writer.Add(user.Value);
        return writer.End();
    }

    private Writer Begin(string method)
    {
        if (_writer?.Key != key)
        {
            _writer?.Dispose();
            _writer = new Writer(key);
        }

        _writer.Begin(method);
        return _writer;
    }

    /// <summary>A thread's own: making the keyed hash anew costs more than what it hashes.</summary>
    private sealed class Writer(byte[] key) : IDisposable
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(512);
        private readonly IncrementalHash _hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);

        public byte[] Key => key;

        public void Begin(string method)
        {
            _bytes.ResetWrittenCount();
            _bytes.Write([Version]);
            Add(method);
        }

        public void Add(int value)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
            _bytes.Write(bytes);
        }

        public void Add(string? value)
        {
            // No text has this length: none is not the empty one.
            if (value is null)
            {
                Add(-1);
                return;
            }

            Add(Encoding.UTF8.GetByteCount(value));
            Encoding.UTF8.GetBytes(value, _bytes);
        }

        public byte[] End()
        {
            _hash.AppendData(_bytes.WrittenSpan);
            return _hash.GetHashAndReset();
        }

        public void Dispose() => _hash.Dispose();
    }
}
