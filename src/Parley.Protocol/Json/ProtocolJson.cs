using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley;

/// <summary>How the records of the protocol are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(OpenSession))]
[JsonSerializable(typeof(SessionOpened))]
[JsonSerializable(typeof(RenewSession))]
[JsonSerializable(typeof(SessionRenewed))]
[JsonSerializable(typeof(SessionExpiring))]
[JsonSerializable(typeof(SessionClosing))]
[JsonSerializable(typeof(CreateConversation))]
[JsonSerializable(typeof(ConversationCreatedAnswer))]
[JsonSerializable(typeof(GetConversation))]
[JsonSerializable(typeof(ConversationState))]
[JsonSerializable(typeof(GetConversations))]
[JsonSerializable(typeof(ConversationStates))]
[JsonSerializable(typeof(ListParticipants))]
[JsonSerializable(typeof(ParticipantsPage))]
[JsonSerializable(typeof(ListPublic))]
[JsonSerializable(typeof(ListInvitations))]
[JsonSerializable(typeof(PreviewPage))]
[JsonSerializable(typeof(ReadEntries))]
[JsonSerializable(typeof(EntriesPage))]
[JsonSerializable(typeof(SyncConversations))]
[JsonSerializable(typeof(ConversationsSynced))]
[JsonSerializable(typeof(AddParticipants))]
[JsonSerializable(typeof(RemoveParticipants))]
[JsonSerializable(typeof(LeaveConversation))]
[JsonSerializable(typeof(UpdateConversation))]
[JsonSerializable(typeof(DeleteConversation))]
[JsonSerializable(typeof(ChangePermissions))]
[JsonSerializable(typeof(SetAttributes))]
[JsonSerializable(typeof(GetAttributes))]
[JsonSerializable(typeof(AttributesPage))]
[JsonSerializable(typeof(MuteParticipants))]
[JsonSerializable(typeof(UnmuteParticipants))]
[JsonSerializable(typeof(BanParticipants))]
[JsonSerializable(typeof(UnbanParticipants))]
[JsonSerializable(typeof(AllowParticipants))]
[JsonSerializable(typeof(DisallowParticipants))]
[JsonSerializable(typeof(JoinConversation))]
[JsonSerializable(typeof(InviteParticipants))]
[JsonSerializable(typeof(DeclineInvitation))]
[JsonSerializable(typeof(WithdrawInvitations))]
[JsonSerializable(typeof(ApproveJoins))]
[JsonSerializable(typeof(DeclineJoins))]
[JsonSerializable(typeof(InvitationChanged))]
[JsonSerializable(typeof(JoinRoom))]
[JsonSerializable(typeof(RoomJoined))]
[JsonSerializable(typeof(LeaveRoom))]
[JsonSerializable(typeof(RoomLeft))]
[JsonSerializable(typeof(RoomChanged))]
[JsonSerializable(typeof(HeadMoved))]
[JsonSerializable(typeof(SendMessage))]
[JsonSerializable(typeof(ForwardMessage))]
[JsonSerializable(typeof(EditMessage))]
[JsonSerializable(typeof(RecallMessage))]
[JsonSerializable(typeof(SendToMany))]
[JsonSerializable(typeof(SentToMany))]
[JsonSerializable(typeof(SendOnline))]
[JsonSerializable(typeof(OnlineSent))]
[JsonSerializable(typeof(OnlineMessage))]
[JsonSerializable(typeof(MessagesExpired))]
[JsonSerializable(typeof(RemoveMessages))]
[JsonSerializable(typeof(ListMessages))]
[JsonSerializable(typeof(MessagesPage))]
[JsonSerializable(typeof(ListVersions))]
[JsonSerializable(typeof(VersionsPage))]
[JsonSerializable(typeof(FindEntry))]
[JsonSerializable(typeof(EntryFound))]
[JsonSerializable(typeof(MessagesRemoved))]
[JsonSerializable(typeof(Location))]
[JsonSerializable(typeof(Sticker))]
[JsonSerializable(typeof(AppCommand))]
[JsonSerializable(typeof(CustomEvent))]
[JsonSerializable(typeof(CancelMessage))]
[JsonSerializable(typeof(MessageCancelled))]
[JsonSerializable(typeof(ContentUploaded))]
[JsonSerializable(typeof(GetContentUrl))]
[JsonSerializable(typeof(ContentUrl))]
[JsonSerializable(typeof(GetContent))]
[JsonSerializable(typeof(ContentState))]
[JsonSerializable(typeof(ReportMessage))]
[JsonSerializable(typeof(MessageReported))]
[JsonSerializable(typeof(PutWordList))]
[JsonSerializable(typeof(GetWordList))]
[JsonSerializable(typeof(ListWordLists))]
[JsonSerializable(typeof(DeleteWordList))]
[JsonSerializable(typeof(WordList))]
[JsonSerializable(typeof(WordLists))]
[JsonSerializable(typeof(ListReports))]
[JsonSerializable(typeof(ReportsPage))]
[JsonSerializable(typeof(ResolveReport))]
[JsonSerializable(typeof(MessageReport))]
[JsonSerializable(typeof(GetModeratedMessage))]
[JsonSerializable(typeof(ListHeld))]
[JsonSerializable(typeof(HeldPage))]
[JsonSerializable(typeof(ReleaseHeld))]
[JsonSerializable(typeof(RejectHeld))]
[JsonSerializable(typeof(HeldRejected))]
[JsonSerializable(typeof(MarkDelivered))]
[JsonSerializable(typeof(MarkRead))]
[JsonSerializable(typeof(ReceiptCursors))]
[JsonSerializable(typeof(GetReceipts))]
[JsonSerializable(typeof(MessageReceipts))]
[JsonSerializable(typeof(ReceiptsMoved))]
[JsonSerializable(typeof(ReceiptMoved))]
[JsonSerializable(typeof(ReadChanges))]
[JsonSerializable(typeof(InboxChanges))]
[JsonSerializable(typeof(ListInbox))]
[JsonSerializable(typeof(InboxPage))]
[JsonSerializable(typeof(UpdateInbox))]
[JsonSerializable(typeof(MarkUnread))]
[JsonSerializable(typeof(InboxFlags))]
[JsonSerializable(typeof(InboxChanged))]
[JsonSerializable(typeof(MessageRefused))]
[JsonSerializable(typeof(CountUnread))]
[JsonSerializable(typeof(ReadAll))]
[JsonSerializable(typeof(AllRead))]
[JsonSerializable(typeof(UnreadTotal))]
[JsonSerializable(typeof(AddOwner))]
[JsonSerializable(typeof(GetApp))]
[JsonSerializable(typeof(AppState))]
[JsonSerializable(typeof(SetPresence))]
[JsonSerializable(typeof(SetDevicePresence))]
[JsonSerializable(typeof(GetPresence))]
[JsonSerializable(typeof(Presences))]
[JsonSerializable(typeof(SubscribePresence))]
[JsonSerializable(typeof(PresenceSubscribed))]
[JsonSerializable(typeof(UnsubscribePresence))]
[JsonSerializable(typeof(PresenceUnsubscribed))]
[JsonSerializable(typeof(ListPresenceSubscriptions))]
[JsonSerializable(typeof(PresenceSubscriptionPage))]
[JsonSerializable(typeof(PresenceState))]
[JsonSerializable(typeof(PresenceSubscriptionsMade))]
[JsonSerializable(typeof(PresenceSubscriptionsEnded))]
[JsonSerializable(typeof(SetTyping))]
[JsonSerializable(typeof(TypingTaken))]
[JsonSerializable(typeof(TypingChanged))]
[JsonSerializable(typeof(GetUsers))]
[JsonSerializable(typeof(UserProfiles))]
[JsonSerializable(typeof(UserProfile))]
[JsonSerializable(typeof(FindUser))]
[JsonSerializable(typeof(GetOwnProfile))]
[JsonSerializable(typeof(OwnProfile))]
[JsonSerializable(typeof(UpdateUser))]
[JsonSerializable(typeof(ListDevices))]
[JsonSerializable(typeof(DeviceList))]
[JsonSerializable(typeof(EndDevice))]
[JsonSerializable(typeof(PutUser))]
[JsonSerializable(typeof(SuspendUser))]
[JsonSerializable(typeof(RestoreUser))]
[JsonSerializable(typeof(MuteUser))]
[JsonSerializable(typeof(UnmuteUser))]
[JsonSerializable(typeof(DeactivateUser))]
[JsonSerializable(typeof(DeleteUser))]
[JsonSerializable(typeof(ListUsers))]
[JsonSerializable(typeof(UserAccounts))]
[JsonSerializable(typeof(UserAccount))]
[JsonSerializable(typeof(RequestContact))]
[JsonSerializable(typeof(AcceptContact))]
[JsonSerializable(typeof(DeclineContact))]
[JsonSerializable(typeof(RemoveContact))]
[JsonSerializable(typeof(ListContacts))]
[JsonSerializable(typeof(Contact))]
[JsonSerializable(typeof(ContactsPage))]
[JsonSerializable(typeof(AddBlocks))]
[JsonSerializable(typeof(RemoveBlocks))]
[JsonSerializable(typeof(ListBlocks))]
[JsonSerializable(typeof(BlockList))]
[JsonSerializable(typeof(BlocksChanged))]
[JsonSerializable(typeof(LogEntry))]
[JsonSerializable(typeof(ConversationEvent))]
[JsonSerializable(typeof(ConversationCreated))]
[JsonSerializable(typeof(ParticipantsAdded))]
[JsonSerializable(typeof(ParticipantsRemoved))]
[JsonSerializable(typeof(ParticipantLeft))]
[JsonSerializable(typeof(MessageSent))]
[JsonSerializable(typeof(MessageEdited))]
[JsonSerializable(typeof(MessageRecalled))]
[JsonSerializable(typeof(ConversationChanged))]
[JsonSerializable(typeof(ConversationDeleted))]
[JsonSerializable(typeof(PermissionsChanged))]
[JsonSerializable(typeof(AttributesChanged))]
[JsonSerializable(typeof(ParticipantJoined))]
[JsonSerializable(typeof(ParticipantsInvited))]
[JsonSerializable(typeof(InvitationDeclined))]
[JsonSerializable(typeof(InvitationsWithdrawn))]
[JsonSerializable(typeof(JoinRequested))]
[JsonSerializable(typeof(JoinsDeclined))]
[JsonSerializable(typeof(ParticipantsMuted))]
[JsonSerializable(typeof(ParticipantsUnmuted))]
[JsonSerializable(typeof(ParticipantsBanned))]
[JsonSerializable(typeof(ParticipantsUnbanned))]
[JsonSerializable(typeof(ParticipantsAllowed))]
[JsonSerializable(typeof(ParticipantsDisallowed))]
public sealed partial class ProtocolJson : JsonSerializerContext
{
    /// <summary>For reading requests: unknown and duplicate members are refused, nothing is guessed. Never for reading answers.</summary>
    public static ProtocolJson Strict => Contexts.Strict;

    /// <summary>For reading answers and notifications, and for writing: members of a newer peer are passed over.</summary>
    public static ProtocolJson Lenient => Contexts.Lenient;

    /// <summary>The deepest nesting a request may have.</summary>
    public const int MaxDepth = 32;

    /// <summary>Apart, so that the generated part of this class is ready before them.</summary>
    private static class Contexts
    {
        public static readonly ProtocolJson Strict = new(Build(JsonUnmappedMemberHandling.Disallow));

        public static readonly ProtocolJson Lenient = new(Build(JsonUnmappedMemberHandling.Skip));

        private static JsonSerializerOptions Build(JsonUnmappedMemberHandling unknownMembers)
        {
            var options = new JsonSerializerOptions(Default.GeneratedSerializerOptions!)
            {
                UnmappedMemberHandling = unknownMembers,
                AllowDuplicateProperties = false,
                MaxDepth = MaxDepth,
                // A member that is null is left out when written, so an answer without it is whole.
                RespectRequiredConstructorParameters = unknownMembers == JsonUnmappedMemberHandling.Disallow,
                // Text goes over a WebSocket, never into HTML: "é", "<" and "'" stay as they are.
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            };
            options.Converters.Insert(0, new TimeConverter());
            options.Converters.Add(new WholeListConverter<MessagePart>());
            options.Converters.Add(new WholeListConverter<Participant>());
            options.Converters.Add(new WholeListConverter<SyncPosition>());
            options.Converters.Add(new WholeListConverter<ParticipantPermissions>());
            return options;
        }
    }
}

internal static class ContractExtensions
{
    /// <summary>Whether what is read is a request: then nothing unknown is taken.</summary>
    public static bool IsStrict(this JsonSerializerOptions options) => options.UnmappedMemberHandling == JsonUnmappedMemberHandling.Disallow;
}
