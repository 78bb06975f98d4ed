using System.Runtime.InteropServices;
using System.Threading.Channels;
using Parley.Client;
using Spectre.Console;

namespace Parley.Chat;

/// <summary>The chat in a terminal: a loop that takes keys and happenings one at a time, and paints after them.</summary>
internal sealed class TerminalChat
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(5);

    private readonly ChatSession _session;
    private readonly IAnsiConsole _console;
    private readonly ScreenPainter _painter;
    private readonly TimeProvider _clock;
    private readonly Channel<Func<bool>> _steps = Channel.CreateUnbounded<Func<bool>>(new UnboundedChannelOptions { SingleReader = true });
    private ChatView _view;
    private int _maxScroll;
    private bool _isLoadingEarlier;

    public TerminalChat(ChatSession session, ChatOptions options, IAnsiConsole console, TextWriter output, TimeProvider clock)
    {
        (_session, _console, _clock) = (session, console, clock);
        _painter = new ScreenPainter(output, console.Profile.Capabilities.ColorSystem);
        _view = new ChatView { Me = options.User.Value, With = options.Peer?.Value ?? "…", Server = options.Url.ToString(), Zone = options.Zone };
        session.Switched += () => Then(view => view with { With = session.With, UnreadFrom = session.UnreadFrom, ScrolledUp = 0, Notice = [], Elsewhere = 0 });
        session.Changed += timeline => Then(view => view with { Timeline = timeline, With = session.With });
        session.Reached += peer => Then(view => view with { Peer = peer });
        session.Typing += users => Then(view => view with { Typing = users });
        session.Noticed += text => Then(view => FromItsTop(view with { Notice = [.. text.Split('\n')] }));
        session.Linked += (message, part, address) => Then(view => view with { Links = view.Links.SetItem((message.Message, part.Content!.Value), MessageText.Of(address, options.Zone)) });
        session.Client.StateChanged += (_, e) => Then(view => view with { State = e.State });
        session.Client.MessageReceived += (_, e) => Then(view =>
            session.Live is { } live && e.Entry.Conversation != live.Id ? view with { Elsewhere = view.Elsewhere + 1 } : view);
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        Console.TreatControlCAsInput = true;
        using var resized = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Then(view => view));
        _painter.Enter();
        try
        {
            new Thread(ReadKeys) { IsBackground = true, Name = "keys" }.Start();
            _ = StartAsync(cancel);
            Paint();
            while (await _steps.Reader.WaitToReadAsync(cancel))
            {
                while (_steps.Reader.TryRead(out var step))
                {
                    if (step()) continue;
                    await QuitAsync(cancel);
                    return;
                }

                Paint();
                if (_view.ScrolledUp == 0 && _view.Timeline?.FirstUnread is not null) _session.MarkRead();
            }
        }
        finally
        {
            _painter.Leave();
        }
    }

    private async Task StartAsync(CancellationToken cancel)
    {
        try
        {
            await _session.StartAsync(cancel);
        }
        catch (Exception error)
        {
            _steps.Writer.TryComplete(error);
        }
    }

    private async Task QuitAsync(CancellationToken cancel)
    {
        var settled = _session.SettleAsync();
        _view = _view with { Notice = ["Sending what is not sent yet…"], ScrolledUp = 0 };
        if (!settled.IsCompleted) Paint();
        await Task.WhenAny(settled, Task.Delay(Goodbye, _clock, cancel));
    }

    private void Then(Func<ChatView, ChatView> change) => _steps.Writer.TryWrite(() =>
    {
        _view = change(_view);
        return true;
    });

    private ChatView FromItsTop(ChatView view) => view with { ScrolledUp = ChatScreen.TopOfNotice(view, _console.Profile.Width, _console.Profile.Height) };

    private void Paint()
    {
        var (width, height) = (_console.Profile.Width, _console.Profile.Height);
        var frame = ChatScreen.Render(_view, width, height);
        _maxScroll = frame.MaxScroll;
        _view = _view with { ScrolledUp = Math.Min(_view.ScrolledUp, _maxScroll) };
        _painter.Paint(frame, width, height);
    }

    private void ReadKeys()
    {
        var decoder = new KeyDecoder();
        try
        {
            while (true)
            {
                var key = Console.ReadKey(intercept: true);
                if (decoder.Take(key, Console.KeyAvailable ? NextKey.Waits : NextKey.None) is not { } press) continue;
                _steps.Writer.TryWrite(() => Press(press));
            }
        }
        catch (Exception error) when (error is InvalidOperationException or IOException)
        {
            // The terminal is gone.
            _steps.Writer.TryWrite(() => false);
        }
    }

    /// <summary>Does what a key says; false to quit.</summary>
    private bool Press(KeyPress press)
    {
        var draft = _view.Draft;
        switch (press.Key)
        {
            case ChatKey.Quit:
            case ChatKey.EndOfInput when draft.IsEmpty:
                return false;
            case ChatKey.Submit when draft.ContinuesLine:
                _view = _view with { Draft = draft.ContinueLine() };
                return true;
            case ChatKey.Submit:
                return Submit(draft);
            case ChatKey.Redraw:
                _painter.Forget();
                return true;
            case ChatKey.Tab when draft.BeforeCursor == draft.Text && ChatCompletion.Of(draft.Text, _view.Timeline) is { } completion:
                _view = _view with
                {
                    Draft = LineEditor.Of(completion.Text),
                    Notice = completion.Candidates.Count > 0 ? [string.Join("  ", completion.Candidates)] : _view.Notice,
                    ScrolledUp = completion.Candidates.Count > 0 ? 0 : _view.ScrolledUp,
                };
                return true;
            case ChatKey.PageUp:
                ScrollUp();
                return true;
            case ChatKey.PageDown:
                _view = _view with { ScrolledUp = Math.Max(0, _view.ScrolledUp - Page) };
                return true;
            default:
                _view = _view with { Draft = Edit(draft, press) };
                if (_view.Draft.Text != draft.Text) _session.Write(_view.Draft.Text);
                return true;
        }
    }

    private static LineEditor Edit(LineEditor draft, KeyPress press) => press.Key switch
    {
        ChatKey.Text => draft.Insert(press.Text),
        ChatKey.NewLine => draft.Insert("\n"),
        ChatKey.Tab => draft.Insert("\t"),
        ChatKey.Backspace => draft.Backspace(),
        ChatKey.Delete or ChatKey.EndOfInput => draft.Delete(),
        ChatKey.Left => draft.Left(),
        ChatKey.Right => draft.Right(),
        ChatKey.Up => draft.Up(),
        ChatKey.Down => draft.Down(),
        ChatKey.Home => draft.Home(),
        ChatKey.End => draft.End(),
        ChatKey.WordLeft => draft.WordLeft(),
        ChatKey.WordRight => draft.WordRight(),
        ChatKey.DeleteWord => draft.DeleteWord(),
        ChatKey.DeleteToHome => draft.DeleteToHome(),
        ChatKey.DeleteToEnd => draft.DeleteToEnd(),
        _ => draft,
    };

    private int Page => Math.Max(1, (_console.Profile.Height / 2) - 1);

    private bool Submit(LineEditor draft)
    {
        var input = ChatInput.Parse(draft.Text);
        if (input is ChatInput.Quit) return false;
        if (input is ChatInput.Nothing) return true;
        if (input is ChatInput.Say or ChatInput.Send && _session.Live is null)
        {
            // Kept, so that it can be sent when there is a conversation.
            _view = _view with { Notice = ["Not connected yet; press Enter again in a moment."] };
            return true;
        }

        _view = _view with { Draft = LineEditor.Empty, ScrolledUp = 0, Notice = [], UnreadFrom = input is ChatInput.Say or ChatInput.Reply ? null : _view.UnreadFrom };
        _ = DoAsync(input);
        return true;
    }

    private async Task DoAsync(ChatInput input)
    {
        // What is refused is told as a notice; anything else that is thrown is a bug and ends the chat with its name.
        try
        {
            await _session.DoAsync(input, CancellationToken.None);
        }
        catch (Exception bug) when (bug is not ObjectDisposedException)
        {
            _steps.Writer.TryComplete(bug);
        }
    }

    private void ScrollUp()
    {
        _view = _view with { ScrolledUp = Math.Min(_maxScroll, _view.ScrolledUp + Page) };
        if (_view.ScrolledUp < _maxScroll || _isLoadingEarlier || _session.Live is not { } live || live.Timeline.IsComplete) return;
        _isLoadingEarlier = true;
        _ = LoadEarlierAsync(live);
    }

    private async Task LoadEarlierAsync(LiveConversation live)
    {
        try
        {
            await live.LoadEarlierAsync();
        }
        catch (ParleyException error)
        {
            Then(view => view with { Notice = [error.Message] });
        }
        finally
        {
            _steps.Writer.TryWrite(() =>
            {
                _isLoadingEarlier = false;
                return true;
            });
        }
    }
}
