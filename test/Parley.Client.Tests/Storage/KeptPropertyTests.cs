using FsCheck.Fluent;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Storage;

/// <summary>Whatever happens in a conversation, and whenever the program is started again: nothing is left out, and what is kept is what the server has.</summary>
public sealed class KeptPropertyTests
{
    [Fact]
    [Trait("Row", "B28"), Trait("Row", "S31"), Trait("Row", "G14"), Trait("Row", "C12")]
    public async Task Whatever_happened_and_however_often_it_was_started_all_was_told_in_order_and_what_is_kept_is_what_the_server_has()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        var (bob, tablet) = (await server.ConnectAsync("bob"), server.Client("alice", "tablet", acknowledgesDelivery: false));
        await tablet.ConnectAsync();
        var histories = Gen.Sample(Gen.ArrayOf(Gen.Choose(0, 11), 40), 12);
        var number = 0;
        foreach (var steps in histories)
        {
            using var runs = new Runs(server, "alice", number++ % 3 == 0 ? StoreKind.Sqlite : StoreKind.Memory);
            await new History(runs, bob, tablet, steps).PlayAsync();
        }
    }

    private sealed class History(Runs runs, ParleyClient bob, ParleyClient tablet, int[] steps)
    {
        private readonly List<(MessageId Message, UserId By)> _said = [];
        private readonly List<Sequence> _told = [];
        private readonly List<string> _receipts = [];
        private readonly Random _random = new(steps.Sum());
        private ConversationId _group;
        private int _asked;
        private Run _run = null!;

        public async Task PlayAsync()
        {
            _group = (await bob.Conversations.CreateGroupAsync([Alice, Carol], "group")).Conversation;
            _run = await runs.ConnectAsync();
            foreach (var step in steps) await PlayAsync(step);
            await StartAgainAsync(Most(), waits: true);
            Collect();

            // Each at least once, and in order within each run: what comes again comes from a place before it.
            var head = (await bob.Conversations.GetAsync(_group)).Head;
            // What the user has hidden meanwhile is told to nobody.
            var hidden = (await FetchAsync()).Skipped!.SelectMany(range => Enumerable.Range((int)range.From.Value, (int)(range.To.Value - range.From.Value + 1))).ToHashSet();
            var reached = 0L;
            foreach (var told in _told)
            {
                while (told.Value > reached + 1 && hidden.Contains((int)reached + 1)) reached++;
                Assert.True(told.Value <= reached + 1, $"{told} was told when all up to {reached} were; steps {string.Join(' ', steps)}");
                reached = Math.Max(reached, told.Value);
            }

            while (hidden.Contains((int)reached + 1)) reached++;
            Assert.Equal(head.Value, reached);
            Assert.Distinct(_receipts);
            await CompareAsync();
            await _run.DisposeAsync();
        }

        private int Most() => _random.Next(4) == 0 ? 5 : 1_000;

        private async Task PlayAsync(int step)
        {
            var any = _said.Count == 0 ? default : _said[_random.Next(_said.Count)];
            try
            {
                switch (step)
                {
                    case 0 or 1:
                        Note(await bob.Messages.SendAsync(_group, $"bob {_said.Count}"));
                        break;
                    case 2:
                        Note(await _run.Client.Messages.SendAsync(_group, $"alice {_said.Count}"));
                        break;
                    case 3 when _said.Count > 0:
                        await bob.Messages.EditAsync(_group, any.Message, MessageContent.OfText($"edited {_random.Next(100)}"));
                        break;
                    case 4 when _said.Count > 0:
                        await bob.Messages.RecallAsync(_group, any.Message);
                        break;
                    case 5 when _said.Count > 0:
                        await _run.Client.Messages.RemoveAsync(_group, [any.Message]);
                        break;
                    case 6 when _said.Count > 0:
                        await tablet.Messages.RemoveAsync(_group, [any.Message]);
                        break;
                    case 7:
                        await bob.Receipts.MarkAllReadAsync(_group);
                        break;
                    case 8:
                        await bob.Conversations.SetTitleAsync(_group, $"title {_random.Next(100)}");
                        break;
                    case 9:
                        using (await _run.Client.Conversations.OpenAsync(_group))
                        {
                        }

                        break;
                    case 10:
                        await StartAgainAsync(Most(), waits: _random.Next(2) == 0);
                        break;
                    case 11:
                        await AwayAsync();
                        break;
                }
            }
            catch (ParleyRefusedException)
            {
                // Taken back before, hidden before, edited too often: nothing happens.
            }
        }

        /// <summary>Something happens while it does not run.</summary>
        private async Task AwayAsync()
        {
            await EndAsync(waits: false);
            foreach (var step in new[] { 0, 3, 4, 6, 7, 8 }.Where(_ => _random.Next(2) == 0)) await PlayAsync(step);
            _run = await runs.ConnectAsync(Most());
        }

        private async Task StartAgainAsync(int most, bool waits)
        {
            await EndAsync(waits);
            _run = await runs.ConnectAsync(most);
            if (!waits) return;
            await ToldAllAsync();
        }

        private async Task EndAsync(bool waits)
        {
            if (waits) await ToldAllAsync();
            await _run.DisposeAsync();
            Collect();
        }

        private void Collect()
        {
            _told.AddRange(_run.Told.Entries.Where(entry => entry.Conversation == _group).Select(entry => entry.Sequence));
            _receipts.AddRange(_run.Told.Delivered.Select(one => $"{one} delivered").Concat(_run.Told.Read.Select(one => $"{one} read")));
        }

        private async Task ToldAllAsync()
        {
            var head = (await bob.Conversations.GetAsync(_group)).Head;
            await UntilAsync(async () => await KeptUpToAsync() >= head, $"all up to {head} is told; steps {string.Join(' ', steps)}");
        }

        private async Task<Sequence> KeptUpToAsync() => (await (await _run.Client.KeptAsync(default))!.EntriesAsync(_group, null, 1))?.Head ?? Sequence.None;

        /// <summary>What is kept, and what is shown of it without a connection, is the end of what the server answers.</summary>
        private async Task CompareAsync()
        {
            var (held, has) = (new List<string>(), new List<string>());
            await UntilAsync(async () => IsItsEnd(held = Shown(await KeptAsync()), has = Shown(await FetchAsync())) || ++_asked > 500, "it was compared");
            Assert.True(IsItsEnd(held, has), $"kept is {string.Join(" | ", held)}, and the server has {string.Join(" | ", has)}; steps {string.Join(' ', steps)}");
            _asked = 0;

            var online = await _run.Client.Conversations.GetAsync(_group);
            // How far others got is asked for where something of the user's own waits for it.
            var waits = _said.Exists(one => one.By == Alice);
            ConversationState? offline = null;
            await UntilAsync(async () => (offline = (await (await _run.Client.KeptAsync(default))!.ConversationAsync(_group))?.State) is not null && (!waits || ReadBy(Bob, offline) == ReadBy(Bob, online)), $"the state is kept; steps {string.Join(' ', steps)}");
            Assert.Equal((online.Title, online.ParticipantCount), (offline!.Title, offline.ParticipantCount));
            var listed = Listed((await tablet.Inbox.ListAsync()).Conversations);
            var kept = "";
            await UntilAsync(async () => (kept = Listed(await _run.Client.Inbox.ListKeptAsync())) == listed || ++_asked > 500, "it was listed");
            Assert.True(kept == listed, $"{listed} is listed, and kept is {kept}; steps {string.Join(' ', steps)}; {string.Join(" | ", Shown(await KeptAsync()))}; read up to {online.Own.ReadUpTo}");
        }

        private static bool IsItsEnd(List<string> kept, List<string> all) => kept.Count > 0 && all.TakeLast(kept.Count).SequenceEqual(kept);

        private string Listed(IReadOnlyList<InboxItem> items)
        {
            var item = items.Single(item => item.Conversation == _group);
            return $"{item.Title}: {item.Unread} up to {item.Head}, last {item.LastMessage?.Sequence}";
        }

        private static Sequence? ReadBy(UserId user, ConversationState state) => state.Participants!.Single(one => one.User == user).ReadUpTo;

        private async Task<EntriesPage?> KeptAsync() => await (await _run.Client.KeptAsync(default))!.EntriesAsync(_group, null, 1_000);

        private async Task<EntriesPage> FetchAsync()
        {
            var (entries, skipped) = (new List<LogEntry>(), new List<SkippedRange>());
            EntriesPage page;
            var after = Sequence.None;
            do
            {
                page = await tablet.Conversations.ReadEntriesAsync(new ReadEntries(_group, After: after));
                entries.AddRange(page.Entries);
                skipped.AddRange(page.Skipped ?? []);
                after = new Sequence(Math.Max(page.Entries is [.., var last] ? last.Sequence.Value : 0, page.Skipped is [.., var range] ? range.To.Value : 0));
            }
            while (page.More);
            return page with { Entries = entries, Skipped = skipped };
        }

        /// <summary>Place by place, so that it does not matter how placeholders are joined.</summary>
        private static List<string> Shown(EntriesPage? page) => page is null ? [] :
        [
            .. page.Entries.Select(entry => (At: entry.Sequence.Value, Said: entry.Event is MessageSent sent ? $"{sent.Content.PlainText()} v{sent.Version} {sent.EditedAt:O} {sent.Recalled}" : entry.Event.Type))
                .Concat((page.Skipped ?? []).SelectMany(range => Enumerable.Range((int)range.From.Value, (int)(range.To.Value - range.From.Value + 1)).Select(at => (At: (long)at, Said: range.Why))))
                .OrderBy(one => one.At).Select(one => $"{one.At} {one.Said}"),
        ];

        private void Note(LogEntry entry) => _said.Add((((MessageSent)entry.Event).Message, ((MessageSent)entry.Event).Sender));
    }
}
