using Parley.Chat;

namespace Parley.Client.Tests.Chat;

public sealed class KeyDecoderTests
{
    private readonly KeyDecoder _decoder = new();

    [Fact]
    public void A_character_outside_the_basic_plane_comes_as_one_text() =>
        Assert.Equal([new KeyPress(ChatKey.Text, "🎉"), new KeyPress(ChatKey.Text, "a")], Type("🎉a"));

    [Fact]
    public void Enter_sends_and_Alt_Enter_makes_a_new_line()
    {
        Assert.Equal([new KeyPress(ChatKey.Submit)], Type("\r"));
        Assert.Equal([new KeyPress(ChatKey.NewLine)], Type("\u001b\r"));
        Assert.Equal(new KeyPress(ChatKey.NewLine), _decoder.Take(new ConsoleKeyInfo('\r', ConsoleKey.Enter, shift: false, alt: true, control: false), NextKey.None));
    }

    [Fact]
    public void A_bracketed_paste_is_one_text_with_its_line_ends_and_sends_nothing() =>
        Assert.Equal([new KeyPress(ChatKey.Text, "one\ntwo 🎉\t3"), new KeyPress(ChatKey.Submit)], Type("\u001b[200~one\rtwo 🎉\t3\u001b[201~\r"));

    [Fact]
    public void A_paste_whose_bracket_came_joined_is_understood_too()
    {
        _decoder.Take(new ConsoleKeyInfo('[', ConsoleKey.None, shift: false, alt: true, control: false), NextKey.Waits);

        Assert.Equal([new KeyPress(ChatKey.Text, "\n")], Type("200~\r\u001b[201~"));
    }

    [Fact]
    public void A_tab_is_a_key_of_its_own_when_it_is_pressed() => Assert.Equal([new KeyPress(ChatKey.Tab)], Type("\t"));

    [Fact]
    public void Escape_alone_and_sequences_nobody_knows_do_nothing()
    {
        Assert.Empty(Type("\u001b"));
        Assert.Equal([new KeyPress(ChatKey.Text, "a")], Type("a"));
        Assert.Equal([new KeyPress(ChatKey.WordLeft)], Type("\u001bb"));
    }

    private List<KeyPress> Type(string text)
    {
        var presses = new List<KeyPress>();
        for (var at = 0; at < text.Length; at++)
        {
            var key = text[at] switch
            {
                '\r' => ConsoleKey.Enter,
                '\u001b' => ConsoleKey.Escape,
                '\t' => ConsoleKey.Tab,
                'b' => ConsoleKey.B,
                _ => ConsoleKey.None,
            };
            var press = _decoder.Take(new ConsoleKeyInfo(text[at], key, false, false, false), at < text.Length - 1 ? NextKey.Waits : NextKey.None);
            if (press is { } known) presses.Add(known);
        }

        return presses;
    }
}
