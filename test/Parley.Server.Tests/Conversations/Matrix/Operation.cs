using System.Text.Json;

namespace Parley.Tests.Conversations;

/// <summary>Something somebody may try, as the page calls it.</summary>
/// <param name="Name">The row: the method, and behind a colon what of it.</param>
/// <param name="Params">What is asked, of which conversation and by whom; the last is whom or what it is done to.</param>
internal sealed record Operation(string Name, Func<Scene, Ask, string> Params)
{
    public string Method { get; } = Name.Split(':')[0];

    /// <summary>Whether it is sending, or to be seen about to.</summary>
    public bool IsOfSending => Method is Methods.SendMessage or Methods.SendOnline or Methods.SetTyping;

    /// <summary>Whether it says something to everybody, which is what a mute stops; out of the conversation it says it elsewhere.</summary>
    public bool IsOfSaying => IsOfSending || Method is Methods.EditMessage or Methods.SetAttributes || (Method == Methods.ForwardMessage && !IsOutOfIt);

    /// <summary>Whether it says elsewhere what was said here.</summary>
    public bool IsOutOfIt { get; init; }

    /// <summary>Whose message it is done to.</summary>
    public Whose Message { get; init; }

    /// <summary>Whom it is done to. Who was done something to is not used again.</summary>
    public Spare Spare { get; init; }

    /// <summary>In which of the scene's conversations.</summary>
    public Place Place { get; init; }

    /// <summary>Whether whoever does it goes, and is brought back.</summary>
    public bool Goes => Method is Methods.LeaveConversation or Methods.LeaveRoom;

    /// <summary>Whether it changes whether the actor is in it; an outsider tries it with somebody of his kind who tries nothing else.</summary>
    public bool Moves { get; init; }

    /// <summary>What changes what others look at comes after them, and is undone before the next wave; of one wave all is asked at once.</summary>
    public int Wave { get; init; }

    /// <summary>What the actor asks before, which must be done.</summary>
    public Func<Scene, Ask, (string Method, string Params)>? Before { get; init; }

    /// <summary>What is asked after it was done, by whom, so that everything is as it was.</summary>
    public Func<Scene, Ask, IEnumerable<(string User, string Method, string Params)>>? Undo { get; init; }

    /// <summary>The code of what was answered; <see cref="PermissionTable.Yes"/> when it was done.</summary>
    public string Read(JsonElement answer)
    {
        if (!answer.TryGetProperty("result", out var result)) return answer.GetProperty("error").GetProperty("data").GetProperty("code").GetString()!;
        if (Method is not (Methods.GetConversations or Methods.SyncConversations)) return PermissionTable.Yes;
        if (result.GetProperty("conversations").EnumerateArray().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } one) return Refusals.NotFound.Code;
        return Method == Methods.GetConversations ? PermissionTable.Yes : one.GetProperty("status").GetString() switch
        {
            "ok" => PermissionTable.Yes,
            "notFound" => Refusals.NotFound.Code,
            "deleted" => Refusals.ConversationDeleted.Code,
            var other => throw new InvalidOperationException($"no refusal is called {other}"),
        };
    }
}

/// <summary>One cell of the page.</summary>
/// <param name="Operation">What.</param>
/// <param name="Who">Who tries it.</param>
/// <param name="Answer">What is documented, as a code; null for nothing.</param>
internal sealed record Cell(Operation Operation, string Who, string? Answer);

/// <summary>One attempt.</summary>
/// <param name="Conversation">Where.</param>
/// <param name="Actor">Who.</param>
/// <param name="Target">Whom it is done to.</param>
/// <param name="Message">Which message it is done to; one that is not there, where none is needed or nobody sent one.</param>
/// <param name="Number">Of no other attempt in this scene.</param>
internal sealed record Ask(Guid Conversation, string Actor, string Target, Guid Message, int Number);

/// <summary>Whose message an operation is done to. A message to which something was done is not used again.</summary>
internal enum Whose
{
    /// <summary>It is done to none.</summary>
    Nobodys,

    /// <summary>The actor's.</summary>
    Own,

    /// <summary>Somebody else's.</summary>
    Anothers,
}

/// <summary>Whom an operation is done to.</summary>
internal enum Spare
{
    /// <summary>Nobody, or somebody to whom it makes no difference.</summary>
    None,
    Member,
    Owner,
    Muted,
    MutedOwner,
    Allowed,
    AllowedOwner,
    Banned,
    Invited,
    Asking,
}

/// <summary>The conversations of a scene.</summary>
internal enum Place
{
    /// <summary>The one that the page speaks of.</summary>
    Main,

    /// <summary>One where every participant may invite.</summary>
    Inviting,

    /// <summary>A group of all who try anything; nothing was decided in it about anybody.</summary>
    Elsewhere,

    /// <summary>One that is there to be deleted.</summary>
    Doomed,

    /// <summary>One that is public.</summary>
    Public,

    /// <summary>One that is public, and where somebody decides who comes in.</summary>
    Approval,
}
