namespace Parley.Presence;

/// <summary>What somebody does in one conversation, and what others were told of it. Pure.</summary>
/// <param name="State">What others were told last.</param>
/// <param name="Heard">When he last said that he types or rests, also where that was not passed on.</param>
/// <param name="Started">When others were told last that he types; null for never.</param>
/// <param name="Paused">When others were told last that he rests; null for never.</param>
internal readonly record struct Typed(TypingState State, TimeSpan Heard, TimeSpan? Started, TimeSpan? Paused)
{
    /// <summary>The least time between two signals of one state.</summary>
    public static readonly TimeSpan Throttle = TimeSpan.FromSeconds(3);

    /// <summary>Who says nothing for so long types no more.</summary>
    public static readonly TimeSpan Decay = TimeSpan.FromSeconds(6);

    /// <summary>Of whom nothing was told.</summary>
    public static readonly Typed Nothing = new(TypingState.Stopped, TimeSpan.Zero, null, null);

    /// <summary>Whether others think that he types or rests.</summary>
    public bool IsShown => State != TypingState.Stopped;

    /// <summary>He says what he does: how it is then, and whether others are told.</summary>
    public (Typed Now, bool Tell) Hear(TypingState said, TimeSpan now) => said switch
    {
        TypingState.Started when IsOver(Started, now) => (this with { State = said, Heard = now, Started = now }, true),
        TypingState.Paused when IsOver(Paused, now) => (this with { State = said, Heard = now, Paused = now }, true),
        TypingState.Started or TypingState.Paused => (this with { Heard = now }, false),
        _ => (this with { State = TypingState.Stopped }, IsShown),
    };

    /// <summary>Whether he has said nothing for so long that others are told that he stopped.</summary>
    public bool HasDecayed(TimeSpan now) => IsShown && now - Heard >= Decay;

    /// <summary>Whether it can be forgotten: nothing is shown, and nothing would be held back.</summary>
    public bool IsOver(TimeSpan now) => !IsShown && IsOver(Started, now) && IsOver(Paused, now);

    private static bool IsOver(TimeSpan? told, TimeSpan now) => told is not { } at || now - at >= Throttle;
}
