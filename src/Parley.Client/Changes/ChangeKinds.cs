using System.Collections.Frozen;

namespace Parley.Client;

/// <summary>Every change that is kept, by the method that asks for it. What is said of this moment only, as typing, presence and being in a room, is none of them.</summary>
internal static class ChangeKinds
{
    public static readonly ChangeKind<EditMessage, LogEntry> EditMessage = new(Wire.EditMessage, edit => edit.Conversation, (edit, to) => edit with { Conversation = to });
    public static readonly ChangeKind<RecallMessage, LogEntry> RecallMessage = new(Wire.RecallMessage, recall => recall.Conversation, (recall, to) => recall with { Conversation = to });
    public static readonly ChangeKind<ForwardMessage, LogEntry> ForwardMessage = new(Wire.ForwardMessage, forward => forward.Conversation, (forward, to) => forward with { Conversation = to });
    public static readonly ChangeKind<RemoveMessages, MessagesRemoved> RemoveMessages = new(Wire.RemoveMessages, remove => remove.Conversation, (remove, to) => remove with { Conversation = to });
    public static readonly ChangeKind<ReportMessage, MessageReported> ReportMessage = new(Wire.ReportMessage, report => report.Conversation, (report, to) => report with { Conversation = to });
    public static readonly ChangeKind<SendToMany, SentToMany> SendToMany = new(Wire.SendToMany);

    public static readonly ChangeKind<MarkRead, ReceiptCursors> MarkRead = new(Wire.MarkRead, read => read.Conversation, (read, to) => read with { Conversation = to });
    public static readonly ChangeKind<MarkDelivered, ReceiptCursors> MarkDelivered = new(Wire.MarkDelivered, delivered => delivered.Conversation, (delivered, to) => delivered with { Conversation = to });
    public static readonly ChangeKind<UpdateInbox, InboxFlags> UpdateInbox = new(Wire.UpdateInbox, update => update.Conversation, (update, to) => update with { Conversation = to });
    public static readonly ChangeKind<MarkUnread, InboxFlags> MarkUnread = new(Wire.MarkUnread, unread => unread.Conversation, (unread, to) => unread with { Conversation = to });

    /// <summary>It is what says that the conversation has another id, so it keeps its own.</summary>
    public static readonly ChangeKind<CreateConversation, ConversationCreatedAnswer> CreateConversation = new(Wire.CreateConversation, create => create.Conversation);
    public static readonly ChangeKind<UpdateConversation, LogEntry> UpdateConversation = new(Wire.UpdateConversation, update => update.Conversation, (update, to) => update with { Conversation = to });
    public static readonly ChangeKind<DeleteConversation, LogEntry> DeleteConversation = new(Wire.DeleteConversation, delete => delete.Conversation, (delete, to) => delete with { Conversation = to });
    public static readonly ChangeKind<SetAttributes, LogEntry> SetAttributes = new(Wire.SetAttributes, set => set.Conversation, (set, to) => set with { Conversation = to });
    public static readonly ChangeKind<AddParticipants, LogEntry> AddParticipants = new(Wire.AddParticipants, add => add.Conversation, (add, to) => add with { Conversation = to });
    public static readonly ChangeKind<RemoveParticipants, LogEntry> RemoveParticipants = new(Wire.RemoveParticipants, remove => remove.Conversation, (remove, to) => remove with { Conversation = to });
    public static readonly ChangeKind<LeaveConversation, LogEntry> LeaveConversation = new(Wire.LeaveConversation, leave => leave.Conversation, (leave, to) => leave with { Conversation = to });
    public static readonly ChangeKind<ChangePermissions, LogEntry> ChangePermissions = new(Wire.ChangePermissions, change => change.Conversation, (change, to) => change with { Conversation = to });
    public static readonly ChangeKind<MuteParticipants, LogEntry> MuteParticipants = new(Wire.MuteParticipants, mute => mute.Conversation, (mute, to) => mute with { Conversation = to });
    public static readonly ChangeKind<UnmuteParticipants, LogEntry> UnmuteParticipants = new(Wire.UnmuteParticipants, unmute => unmute.Conversation, (unmute, to) => unmute with { Conversation = to });
    public static readonly ChangeKind<BanParticipants, LogEntry> BanParticipants = new(Wire.BanParticipants, ban => ban.Conversation, (ban, to) => ban with { Conversation = to });
    public static readonly ChangeKind<UnbanParticipants, LogEntry> UnbanParticipants = new(Wire.UnbanParticipants, unban => unban.Conversation, (unban, to) => unban with { Conversation = to });
    public static readonly ChangeKind<AllowParticipants, LogEntry> AllowParticipants = new(Wire.AllowParticipants, allow => allow.Conversation, (allow, to) => allow with { Conversation = to });
    public static readonly ChangeKind<DisallowParticipants, LogEntry> DisallowParticipants = new(Wire.DisallowParticipants, disallow => disallow.Conversation, (disallow, to) => disallow with { Conversation = to });
    public static readonly ChangeKind<JoinConversation, LogEntry> JoinConversation = new(Wire.JoinConversation, join => join.Conversation, (join, to) => join with { Conversation = to });
    public static readonly ChangeKind<InviteParticipants, LogEntry> InviteParticipants = new(Wire.InviteParticipants, invite => invite.Conversation, (invite, to) => invite with { Conversation = to });
    public static readonly ChangeKind<DeclineInvitation, LogEntry> DeclineInvitation = new(Wire.DeclineInvitation, decline => decline.Conversation, (decline, to) => decline with { Conversation = to });
    public static readonly ChangeKind<WithdrawInvitations, LogEntry> WithdrawInvitations = new(Wire.WithdrawInvitations, withdraw => withdraw.Conversation, (withdraw, to) => withdraw with { Conversation = to });
    public static readonly ChangeKind<ApproveJoins, LogEntry> ApproveJoins = new(Wire.ApproveJoins, approve => approve.Conversation, (approve, to) => approve with { Conversation = to });
    public static readonly ChangeKind<DeclineJoins, LogEntry> DeclineJoins = new(Wire.DeclineJoins, decline => decline.Conversation, (decline, to) => decline with { Conversation = to });

    public static readonly ChangeKind<RequestContact, Contact> RequestContact = new(Wire.RequestContact);
    public static readonly ChangeKind<AcceptContact, Contact> AcceptContact = new(Wire.AcceptContact);
    public static readonly ChangeKind<DeclineContact, Contact> DeclineContact = new(Wire.DeclineContact);
    public static readonly ChangeKind<RemoveContact, Contact> RemoveContact = new(Wire.RemoveContact);
    public static readonly ChangeKind<AddBlocks, BlockList> AddBlocks = new(Wire.AddBlocks);
    public static readonly ChangeKind<RemoveBlocks, BlockList> RemoveBlocks = new(Wire.RemoveBlocks);
    public static readonly ChangeKind<UpdateUser, OwnProfile> UpdateUser = new(Wire.UpdateUser);

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<ChangeKind> All =
    [
        EditMessage, RecallMessage, ForwardMessage, RemoveMessages, ReportMessage, SendToMany, MarkRead, MarkDelivered, UpdateInbox, MarkUnread, CreateConversation, UpdateConversation, DeleteConversation, SetAttributes,
        AddParticipants, RemoveParticipants, LeaveConversation, ChangePermissions, MuteParticipants, UnmuteParticipants, BanParticipants, UnbanParticipants, AllowParticipants, DisallowParticipants, JoinConversation,
        InviteParticipants, DeclineInvitation, WithdrawInvitations, ApproveJoins, DeclineJoins, RequestContact, AcceptContact, DeclineContact, RemoveContact, AddBlocks, RemoveBlocks, UpdateUser,
    ];

    private static readonly FrozenDictionary<string, ChangeKind> ByMethod = All.ToFrozenDictionary(kind => kind.Method);

    /// <summary>The kind of a method; of one that this version does not know, one that asks as it is.</summary>
    public static ChangeKind Of(string method) => ByMethod.TryGetValue(method, out var kind) ? kind : new UnknownChangeKind(method);
}
