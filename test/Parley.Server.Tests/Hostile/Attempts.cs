namespace Parley.Tests.Hostile;

/// <summary>What somebody may try on a conversation that is none of his.</summary>
/// <param name="Conversation">The conversation.</param>
/// <param name="Message">One of its messages.</param>
/// <param name="Sequence">The message's place.</param>
/// <param name="Epoch">Of the server.</param>
internal sealed record Attempts(Guid Conversation, Guid Message, long Sequence, Guid Epoch)
{
    /// <summary>Methods that name no conversation of others, and have tests of their own.</summary>
    public static readonly IReadOnlyList<string> NameNoConversation =
    [
        Methods.OpenSession, Methods.RenewSession, Methods.ReadChanges, Methods.ListInbox, Methods.CountUnread, Methods.CreateConversation,
        Methods.GetUsers, Methods.FindUser, Methods.GetOwnProfile, Methods.UpdateUser, Methods.ListDevices, Methods.EndDevice,
        Methods.RequestContact, Methods.AcceptContact, Methods.DeclineContact, Methods.RemoveContact, Methods.ListContacts,
        Methods.AddBlocks, Methods.RemoveBlocks, Methods.ListBlocks,
    ];

    /// <summary>Every method that names a conversation, in every form, with params that a participant would be granted.</summary>
    public IEnumerable<(string Method, string Params)> All =>
    [
        (Methods.GetConversation, $$"""{"conversation":"{{Conversation}}"}"""),
        (Methods.ReadEntries, $$"""{"conversation":"{{Conversation}}"}"""),
        (Methods.ReadEntries, $$"""{"conversation":"{{Conversation}}","after":0}"""),
        (Methods.ReadEntries, $$"""{"conversation":"{{Conversation}}","after":4503599627370496}"""),
        (Methods.ReadEntries, $$"""{"conversation":"{{Conversation}}","before":{{Sequence + 1}}}"""),
        (Methods.ReadEntries, $$"""{"conversation":"{{Conversation}}","from":{{Sequence}},"to":{{Sequence}},"limit":1,"epoch":"{{Epoch}}"}"""),
        (Methods.SyncConversations, $$"""{"epoch":"{{Epoch}}","positions":[{"conversation":"{{Conversation}}","after":0}]}"""),
        (Methods.AddParticipants, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["mallory"]}"""),
        (Methods.RemoveParticipants, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}"""),
        (Methods.LeaveConversation, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}"}"""),
        (Methods.SendMessage, Talk.Message(Conversation, "let me in")),
        (Methods.SendMessage, Talk.Message(Conversation, "let me in", Message)),
        (Methods.CancelMessage, $$"""{"conversation":"{{Conversation}}","message":"{{Message}}"}"""),
        (Methods.CancelMessage, $$"""{"conversation":"{{Conversation}}","message":"{{Guid.NewGuid()}}"}"""),
        (Methods.MarkDelivered, $$"""{"conversation":"{{Conversation}}","upTo":{{Sequence}}}"""),
        (Methods.MarkRead, $$"""{"conversation":"{{Conversation}}","upTo":{{Sequence}}}"""),
        (Methods.MarkRead, $$"""{"conversation":"{{Conversation}}","upTo":4503599627370496}"""),
        (Methods.MarkRead, $$"""{"conversation":"{{Conversation}}","messages":["{{Message}}"]}"""),
    ];

    /// <summary>The same attempts on a conversation that does not exist.</summary>
    public Attempts OnNothing() => this with { Conversation = Guid.NewGuid(), Message = Guid.NewGuid() };
}
