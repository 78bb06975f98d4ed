using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Views;

/// <summary>What may happen in somebody's inbox, at random: by others, by himself on the phone that is looked at, and on his tablet.</summary>
internal sealed class InboxHistory
{
    private readonly List<(ConversationId Id, bool IsGroup)> _conversations = [];
    private readonly List<(ConversationId Conversation, MessageId Message, Sequence Sequence)> _sent = [];
    private bool _isAway;

    /// <summary>Whether he is out of a conversation, or may not read one: what becomes of it then nothing tells, and he learns of it when he comes back.</summary>
    private bool _isToComeBack;

    private InboxHistory(int seed) => (Random, Me) = (new Random(seed), new UserId($"alice-{seed}"));

    public Random Random { get; }

    public UserId Me { get; }

    /// <summary>The device that is looked at; it comes and goes.</summary>
    public ParleyClient Phone { get; private set; } = null!;

    public ParleyClient Tablet { get; private set; } = null!;

    public ParleyClient Others { get; private set; } = null!;

    public List<string> Steps { get; } = [];

    public static async Task<InboxHistory> BeginAsync(RunningServer server, int seed)
    {
        var history = new InboxHistory(seed)
        {
            Phone = await server.ConnectAsync($"alice-{seed}", "phone"),
            Tablet = await server.ConnectAsync($"alice-{seed}", "tablet"),
            Others = await server.ConnectAsync("bob"),
        };
        history._conversations.Add(((await history.Others.Conversations.DirectAsync(history.Me)).Conversation, false));
        for (var count = 0; count < 8; count++) await history.CreateAsync();
        return history;
    }

    /// <summary>One more thing happens. What is refused did not.</summary>
    public async Task StepAsync()
    {
        var (conversation, isGroup) = _conversations[Random.Next(_conversations.Count)];
        var mine = _isAway || Random.Next(2) == 0 ? Tablet : Phone;
        try
        {
            await StepAsync(conversation, isGroup, mine);
        }
        catch (ParleyRefusedException refused)
        {
            Steps.Add($"refused: {refused.Refusal.Code}");
        }
    }

    /// <summary>The phone is there; again, where something happened that is told only then.</summary>
    public async Task ComeBackAsync()
    {
        if (!_isAway && _isToComeBack) await GoAsync();
        if (!_isAway) return;
        Steps.Add("back");
        await Phone.ConnectAsync();
        await UntilAsync(() => Phone.State == ConnectionState.Open, "it is back");
        _isAway = false;
    }

    private async Task StepAsync(ConversationId conversation, bool isGroup, ParleyClient mine)
    {
        var which = Random.Next(34);
        Steps.Add($"{which}{(mine == Phone ? "p" : "t")} {_conversations.FindIndex(one => one.Id == conversation)}");
        switch (which)
        {
            case < 8:
                await SendAsync(conversation, MessageContent.OfText($"{Steps.Count}"));
                break;
            case < 10:
                await SendAsync(conversation, MessageContent.OfText("you") with { Mentions = Random.Next(2) == 0 ? new Mentions([Me]) : new Mentions(All: true) });
                break;
            case 10:
                await SendAsync(conversation, new MessageContent([MessagePart.Of(new AppCommand("wave"))]));
                break;
            case < 13:
                await mine.Messages.SendAsync(conversation, $"mine {Steps.Count}");
                break;
            case < 16 when OneOf(conversation) is var (_, sequence):
                await mine.Receipts.MarkReadAsync(conversation, sequence);
                break;
            case 16:
                await mine.Receipts.MarkAllReadAsync(conversation);
                break;
            case < 19 when OneOf(conversation) is var (message, _):
                await mine.Receipts.MarkReadAsync(conversation, [message]);
                break;
            case 19 when OneOf(conversation) is var (_, sequence):
                await mine.Inbox.MarkUnreadAsync(conversation, Random.Next(3) == 0 ? Sequence.None : sequence);
                break;
            case < 22:
                await mine.Inbox.UpdateAsync(ChangeOf(conversation));
                break;
            case 22 when OneOf(conversation) is var (message, _):
                await Others.Messages.RecallAsync(conversation, message);
                break;
            case 23 when OneOf(conversation) is var (message, _):
                await Others.Messages.EditAsync(conversation, message, MessageContent.OfText($"edited {Steps.Count}") with { Mentions = Random.Next(2) == 0 ? new Mentions([Me]) : null });
                break;
            case 24 when OneOf(conversation) is var (message, _):
                await mine.Messages.RemoveAsync(conversation, [message]);
                break;
            case 25 when OneOf(conversation) is var (_, sequence) && Random.Next(3) == 0:
                await mine.Messages.RemoveUpToAsync(conversation, sequence);
                break;
            case 26 when isGroup:
                await Others.Conversations.SetTitleAsync(conversation, Random.Next(3) == 0 ? "" : $"title {Steps.Count}");
                break;
            case 27 when isGroup:
                _isToComeBack = true;
                await Others.Conversations.RemoveAsync(conversation, [Me]);
                break;
            case 28 when isGroup:
                await Others.Conversations.AddAsync(conversation, [Me]);
                break;
            case 29 when isGroup && Random.Next(3) == 0:
                _isToComeBack = true;
                await (Random.Next(2) == 0 ? Others.Conversations.DeleteAsync(conversation) : mine.Conversations.LeaveAsync(conversation));
                break;
            case 30:
                await CreateAsync();
                break;
            case 31 when isGroup:
                _isToComeBack = true;
                await Others.Conversations.SetPermissionsAsync(conversation, Me, Random.Next(2) == 0 ? Permissions.None : Permissions.Read | Permissions.Send);
                break;
            case 32 when Random.Next(3) == 0:
                await mine.Inbox.ReadAllAsync();
                break;
            case 33 when _isAway:
                await ComeBackAsync();
                break;
            case 33:
                await GoAsync();
                break;
        }
    }

    private async Task GoAsync()
    {
        await Tablet.Users.EndDeviceAsync(new DeviceId("phone"));
        await UntilAsync(() => Phone.State == ConnectionState.Closed, "it is away");
        _isAway = true;
    }

    private UpdateInbox ChangeOf(ConversationId conversation) => Random.Next(8) switch
    {
        < 2 => new UpdateInbox(conversation, Pinned: Random.Next(2) == 0),
        < 5 => new UpdateInbox(conversation, Archived: Random.Next(2) == 0),
        5 => new UpdateInbox(conversation, Hidden: Random.Next(2) == 0),
        6 => new UpdateInbox(conversation, Draft: Random.Next(2) == 0 ? "" : "I could"),
        _ => new UpdateInbox(conversation, SilencedUntil: MuteParticipants.Forever),
    };

    private async Task CreateAsync() =>
        _conversations.Add(((await Others.Conversations.CreateGroupAsync([Me], $"group {_conversations.Count}")).Conversation, true));

    private async Task SendAsync(ConversationId conversation, MessageContent content)
    {
        var message = MessageId.New();
        var entry = await Others.Messages.SendAsync(conversation, content, message);
        _sent.Add((conversation, message, entry.Sequence));
    }

    private (MessageId Message, Sequence Sequence)? OneOf(ConversationId conversation)
    {
        var those = _sent.Where(one => one.Conversation == conversation).ToArray();
        if (those.Length == 0) return null;
        var one = those[Random.Next(those.Length)];
        return (one.Message, one.Sequence);
    }
}
