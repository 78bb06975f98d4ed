namespace Parley.Tests.Hostile;

/// <summary>What somebody may try on a conversation that is none of his.</summary>
/// <param name="Conversation">The conversation.</param>
/// <param name="Message">One of its messages.</param>
/// <param name="Sequence">The message's place.</param>
/// <param name="Epoch">Of the server.</param>
internal sealed record Attempts(Guid Conversation, Guid Message, long Sequence, Guid Epoch)
{
    /// <summary>Methods that name no conversation of others, or are none of users, and have tests of their own.</summary>
    public static readonly IReadOnlyList<string> NameNoConversation =
        [
            Methods.OpenSession, Methods.RenewSession, Methods.ReadChanges, Methods.ListInbox, Methods.CountUnread, Methods.ReadAll, Methods.CreateConversation, Methods.ListPublic,
            Methods.ListInvitations, Methods.SendToMany, Methods.GetApp, Methods.AddOwner, Methods.GetContent,
            Methods.SetPresence, Methods.SetDevicePresence, Methods.GetPresence, Methods.SubscribePresence, Methods.UnsubscribePresence, Methods.ListPresenceSubscriptions,
            Methods.GetUsers, Methods.FindUser, Methods.GetOwnProfile, Methods.UpdateUser, Methods.ListDevices, Methods.EndDevice,
            Methods.RequestContact, Methods.AcceptContact, Methods.DeclineContact, Methods.RemoveContact, Methods.ListContacts,
            Methods.AddBlocks, Methods.RemoveBlocks, Methods.ListBlocks,
            Methods.PutUser, Methods.SuspendUser, Methods.RestoreUser, Methods.MuteUser, Methods.UnmuteUser, Methods.DeactivateUser, Methods.DeleteUser, Methods.ListUsers,
            // The platform's, of its own app: what they name of another there is not.
            Methods.PutWordList, Methods.GetWordList, Methods.ListWordLists, Methods.DeleteWordList, Methods.ListReports, Methods.ResolveReport, Methods.GetModeratedMessage,
            Methods.ListHeld, Methods.ReleaseHeld, Methods.RejectHeld,
        ];

    /// <summary>Every method that names a conversation, in every form, with params that a participant would be granted.</summary>
    public IEnumerable<(string Method, string Params)> All =>
    [
        (Methods.GetConversation, $$"""{"conversation":"{{Conversation}}"}"""),
        (Methods.GetConversations, $$"""{"conversations":["{{Conversation}}"]}"""),
        (Methods.ListParticipants, $$"""{"conversation":"{{Conversation}}"}"""),
        (Methods.ListParticipants, $$"""{"conversation":"{{Conversation}}","list":"banned","after":"a","limit":1}"""),
        (Methods.GetAttributes, $$"""{"conversation":"{{Conversation}}","user":"bob"}"""),
        (Methods.ReadEntries, $$"""{"conversation":"{{Conversation}}"}"""),
        (Methods.ReadEntries, $$"""{"conversation":"{{Conversation}}","after":0}"""),
        (Methods.ReadEntries, $$"""{"conversation":"{{Conversation}}","after":4503599627370496}"""),
        (Methods.ReadEntries, $$"""{"conversation":"{{Conversation}}","before":{{Sequence + 1}}}"""),
        (Methods.ReadEntries, $$"""{"conversation":"{{Conversation}}","from":{{Sequence}},"to":{{Sequence}},"limit":1,"epoch":"{{Epoch}}"}"""),
        (Methods.ListMessages, $$"""{"conversation":"{{Conversation}}","sender":"bob","kinds":["text","image"],"since":"2020-01-01T00:00:00.000Z","before":{{Sequence + 1}},"limit":1}"""),
        (Methods.ListMessages, $$"""{"conversation":"{{Conversation}}"}"""),
        (Methods.ListMessages, $$"""{"conversation":"{{Conversation}}","kinds":["sticker"],"until":"2099-01-01T00:00:00.000Z"}"""),
        (Methods.ListVersions, $$"""{"conversation":"{{Conversation}}","message":"{{Message}}"}"""),
        (Methods.ListVersions, $$"""{"conversation":"{{Conversation}}","message":"{{Message}}","before":3,"limit":1}"""),
        (Methods.FindEntry, $$"""{"conversation":"{{Conversation}}","at":"2020-01-01T00:00:00.000Z"}"""),
        (Methods.SyncConversations, $$"""{"epoch":"{{Epoch}}","positions":[{"conversation":"{{Conversation}}","after":0}]}"""),
        (Methods.AddParticipants, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["mallory"]}"""),
        (Methods.RemoveParticipants, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}"""),
        (Methods.UpdateConversation, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","title":"mine","public":true}"""),
        (Methods.DeleteConversation, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}"}"""),
        (Methods.ChangePermissions, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","participants":[{"user":"mallory","permissions":["owner"]}]}"""),
        (Methods.SetAttributes, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","user":"bob","remove":["nick"]}"""),
        (Methods.MuteParticipants, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["bob"],"until":"2030-01-01T00:00:00.000Z"}"""),
        (Methods.UnmuteParticipants, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["mallory"]}"""),
        (Methods.BanParticipants, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}"""),
        (Methods.UnbanParticipants, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["mallory"]}"""),
        (Methods.AllowParticipants, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}"""),
        (Methods.DisallowParticipants, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}"""),
        (Methods.JoinConversation, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}"}"""),
        (Methods.InviteParticipants, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["mallory"]}"""),
        (Methods.DeclineInvitation, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}"}"""),
        (Methods.WithdrawInvitations, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}"""),
        (Methods.ApproveJoins, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["mallory"]}"""),
        (Methods.DeclineJoins, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}"""),
        (Methods.JoinRoom, $$"""{"conversation":"{{Conversation}}"}"""),
        (Methods.LeaveRoom, $$"""{"conversation":"{{Conversation}}"}"""),
        (Methods.UpdateInbox, $$"""{"conversation":"{{Conversation}}","pinned":true,"draft":"x"}"""),
        (Methods.MarkUnread, $$"""{"conversation":"{{Conversation}}","from":1}"""),
        (Methods.LeaveConversation, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}"}"""),
        (Methods.SendMessage, Talk.Message(Conversation, "let me in")),
        (Methods.SendMessage, Talk.Message(Conversation, "let me in", Message)),
        (Methods.SendMessage, $$"""{"conversation":"{{Conversation}}","message":"{{Guid.NewGuid()}}","content":{"parts":[{"type":"text/plain","body":"re"}]},"replyTo":"{{Message}}"}"""),
        (Methods.SendOnline, $$$"""{"conversation":"{{{Conversation}}}","message":"{{{Guid.NewGuid()}}}","content":{"parts":[{"type":"text/plain","body":"x"}]}}"""),
        (Methods.ForwardMessage, $$"""{"conversation":"{{Conversation}}","message":"{{Guid.NewGuid()}}","from":"{{Conversation}}","original":"{{Message}}"}"""),
        (Methods.EditMessage, $$$"""{"conversation":"{{{Conversation}}}","commandId":"{{{Guid.NewGuid()}}}","message":"{{{Message}}}","content":{"parts":[{"type":"text/plain","body":"x"}]}}"""),
        (Methods.RecallMessage, $$"""{"conversation":"{{Conversation}}","commandId":"{{Guid.NewGuid()}}","message":"{{Message}}"}"""),
        (Methods.RemoveMessages, $$"""{"conversation":"{{Conversation}}","messages":["{{Message}}"]}"""),
        (Methods.RemoveMessages, $$"""{"conversation":"{{Conversation}}","upTo":{{Sequence}}}"""),
        (Methods.GetContentUrl, $$"""{"conversation":"{{Conversation}}","message":"{{Message}}","content":"0123456789abcdef0123456789abcdef"}"""),
        (Methods.CancelMessage, $$"""{"conversation":"{{Conversation}}","message":"{{Message}}"}"""),
        (Methods.CancelMessage, $$"""{"conversation":"{{Conversation}}","message":"{{Guid.NewGuid()}}"}"""),
        (Methods.ReportMessage, $$"""{"conversation":"{{Conversation}}","message":"{{Message}}","reason":"spam"}"""),
        (Methods.MarkDelivered, $$"""{"conversation":"{{Conversation}}","upTo":{{Sequence}}}"""),
        (Methods.MarkRead, $$"""{"conversation":"{{Conversation}}","upTo":{{Sequence}}}"""),
        (Methods.MarkRead, $$"""{"conversation":"{{Conversation}}","upTo":4503599627370496}"""),
        (Methods.MarkRead, $$"""{"conversation":"{{Conversation}}","messages":["{{Message}}"]}"""),
        (Methods.MarkRead, $$"""{"conversation":"{{Conversation}}","all":true}"""),
        (Methods.GetReceipts, $$"""{"conversation":"{{Conversation}}","message":"{{Message}}"}"""),
        (Methods.GetReceipts, $$"""{"conversation":"{{Conversation}}","message":"{{Message}}","state":"read","after":"a","limit":1}"""),
        (Methods.SetTyping, $$"""{"conversation":"{{Conversation}}","state":"started"}"""),
        (Methods.SetTyping, $$"""{"conversation":"{{Conversation}}","state":"stopped"}"""),
    ];

    /// <summary>The same attempts on a conversation that does not exist.</summary>
    public Attempts OnNothing() => this with { Conversation = Guid.NewGuid(), Message = Guid.NewGuid() };
}
