using System.Collections.Immutable;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Storage;

/// <summary>What is kept of what happened, in orders that are rare: nothing but the store and what it hears.</summary>
public sealed class KeptStateTests : IAsyncLifetime
{
    private readonly ConversationId _chat = ConversationId.New();
    private readonly MemoryStore _store = new();
    private readonly List<KeptNeeds> _asked = [];
    private readonly KeptState _kept;

    public KeptStateTests()
    {
        var options = new ParleyClientOptions { Endpoint = new Uri("ws://nowhere"), TokenProvider = _ => ValueTask.FromResult("token"), TimeProvider = new StoppedClock(), Store = _store };
        _kept = new KeptState(options, _store, () => Alice, _ => true, _asked.Add);
    }

    public async ValueTask InitializeAsync()
    {
        await _store.OpenAsync();
        await _kept.OpenAsync(_ => { });
    }

    public async ValueTask DisposeAsync()
    {
        await _kept.EndAsync();
        await _store.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Row", "G14")]
    public async Task What_is_durable_of_receipts_of_a_new_history_stays_though_the_program_is_told_of_the_reset_after_that(bool isOfOne)
    {
        // A window that is busy: everything is made ready before anything is told.
        var (hi, marks) = (Entry(2), new ReceiptMarks(new Sequence(2), Sequence.None, ImmutableSortedDictionary<UserId, ReceiptCursor>.Empty.Add(Bob, ReceiptCursor.None), ImmutableSortedDictionary<UserId, Sequence>.Empty));
        var own = new OwnMessage(((MessageSent)hi.Event).Message, hi.Sequence);
        Happening[] happened =
        [
            new Happening.Reset(isOfOne ? _chat : null), new Happening.Entry(hi, EntryOrigin.Own),
            new Happening.Receipt(_chat, new ReceiptTold(ReceiptStep.Delivered, own, Bob, At: null), marks),
        ];
        foreach (var one in happened) Assert.Equal([one], await _kept.ReadyAsync([one]));
        foreach (var one in happened) _kept.Told(one);
        await _kept.FlushAsync();

        var history = await KeptHistory.ReadAsync(_store);
        Assert.Equal([Bob], history.Receipts[_chat].Cursors.Keys);
        Assert.Equal([own], history.Sent[_chat]);
        Assert.Equal(new Sequence(2), history.Positions[_chat].Told);
    }

    [Fact]
    public async Task What_was_kept_of_receipts_of_an_old_history_is_gone()
    {
        await HappenAsync(new Happening.Entry(Entry(2), EntryOrigin.Own));
        Assert.Single((await KeptHistory.ReadAsync(_store)).Sent);

        await HappenAsync(new Happening.Reset(null));

        var history = await KeptHistory.ReadAsync(_store);
        Assert.Empty(history.Sent);
        Assert.Empty(history.Positions);
    }

    [Fact]
    [Trait("Row", "V08")]
    public async Task What_this_device_did_to_its_inbox_is_kept()
    {
        await HappenAsync(new Happening.Entry(Entry(2), EntryOrigin.Others), new Happening.ShelvedHere(_chat, new InboxFlags(Archived: true)));

        Assert.Equal(new InboxFlags(Archived: true), (await KeptHistory.ReadAsync(_store)).Positions[_chat].Flags);
    }

    [Fact]
    [Trait("Row", "V08")]
    public async Task What_is_hidden_is_shown_again_with_what_comes_in_it()
    {
        await HappenAsync(new Happening.Entry(Entry(2), EntryOrigin.Others), new Happening.ShelvedHere(_chat, new InboxFlags(Archived: true, Hidden: true)), new Happening.Entry(Entry(3), EntryOrigin.Others));

        Assert.Equal(new InboxFlags(Archived: true), (await KeptHistory.ReadAsync(_store)).Positions[_chat].Flags);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_what_no_list_shows_it_is_not_asked_how_a_list_shows_it(bool isHidden)
    {
        var change = new ConversationChange(_chat, ConversationKind.Direct, 1, new Sequence(5), new Sequence(5), new Sequence(5), Flags: isHidden ? new InboxFlags(Hidden: true) : null);
        await HappenAsync(new Happening.Listed([change]), new Happening.ListedAll { Epoch = Opening.FirstEpoch, Since = "since" });

        Assert.Equal(isHidden ? [] : [_chat], _asked.SelectMany(needs => needs.Items));
    }

    private async Task HappenAsync(params List<Happening> happened)
    {
        foreach (var one in await _kept.ReadyAsync(happened)) _kept.Told(one);
        await _kept.FlushAsync();
    }

    private LogEntry Entry(long sequence) =>
        new(_chat, new Sequence(sequence), DateTimeOffset.UnixEpoch, new MessageSent(MessageId.New(), Alice, MessageContent.OfText($"{sequence}")));
}
