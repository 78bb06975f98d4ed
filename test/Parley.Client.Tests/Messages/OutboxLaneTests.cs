using FsCheck.Fluent;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Messages;

public sealed class OutboxLaneTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ConversationId Conversation = ConversationId.New();
    private readonly OutboxLane _lane = new(settleTimeout: TimeSpan.FromSeconds(10), attempt => TimeSpan.FromSeconds(1 << attempt));

    [Fact]
    [Trait("Row", "G6")]
    public void The_second_message_waits_until_the_first_is_answered()
    {
        var (first, second) = (Add(at: 0), Add(at: 0));

        Assert.Equal(first, Sent(at: 1));
        Assert.IsType<OutboxStep.Wait>(Next(at: 2));
        _lane.Recorded(first, EntryOf(first));

        Assert.IsType<SendResult.Recorded>(Reported(first, at: 3));
        Assert.Equal(second, Sent(at: 3));
    }

    [Fact]
    [Trait("Row", "G6")]
    public void A_refusal_that_says_later_keeps_the_message_in_front_and_waits_as_told()
    {
        var (first, _) = (Add(at: 0), Add(at: 0));
        Sent(at: 0);

        _lane.Refused(first, Refusals.RateLimited.After(TimeSpan.FromSeconds(7)), At(1), OutboxRequest.Send);

        Assert.Equal(new OutboxStep.Wait(At(8)), Next(at: 1));
        Assert.Equal(first, Sent(at: 8));
    }

    [Fact]
    public void A_refusal_without_a_time_waits_longer_each_time()
    {
        var first = Add(at: 0);
        Sent(at: 0);
        _lane.Refused(first, Refusals.Unavailable, At(0), OutboxRequest.Send);
        Assert.Equal(new OutboxStep.Wait(At(1)), Next(at: 0));
        Sent(at: 1);
        _lane.Refused(first, Refusals.Unavailable, At(1), OutboxRequest.Send);

        Assert.Equal(new OutboxStep.Wait(At(3)), Next(at: 1));
    }

    [Fact]
    public void What_matters_least_is_not_sent_again_where_there_are_too_many()
    {
        var (first, second) = (Add(at: 0, MessagePriority.Low), Add(at: 0));
        var refusal = Refusals.RateLimited.After(TimeSpan.FromSeconds(7));
        Sent(at: 0);

        _lane.Refused(first, refusal, At(1), OutboxRequest.Send);

        Assert.Equal(new SendResult.Refused(refusal), Reported(first, at: 1));
        Assert.Equal(second, Sent(at: 1));
    }

    [Fact]
    public void What_matters_least_is_sent_again_where_the_server_has_no_time()
    {
        var first = Add(at: 0, MessagePriority.Low);
        Sent(at: 0);

        _lane.Refused(first, Refusals.Unavailable.After(TimeSpan.FromSeconds(1)), At(0), OutboxRequest.Send);

        Assert.Equal(new OutboxStep.Wait(At(1)), Next(at: 0));
        Assert.Equal(first, Sent(at: 1));
    }

    [Fact]
    [Trait("Row", "G7")]
    public void Refused_after_an_earlier_copy_was_lost_what_matters_least_is_cancelled_since_that_one_may_have_landed()
    {
        var first = Add(at: 0, MessagePriority.Low);
        Sent(at: 0);
        _lane.Lost();
        Assert.Equal(first, Sent(at: 1));

        _lane.Refused(first, Refusals.RateLimited.After(TimeSpan.FromSeconds(7)), At(2), OutboxRequest.Send);
        Assert.Equal(first, Cancelled(at: 2));
        _lane.Recorded(first, EntryOf(first));

        Assert.IsType<SendResult.Recorded>(Reported(first, at: 3));
    }

    [Fact]
    public void A_final_refusal_is_reported_and_the_next_message_goes_out()
    {
        var (first, second) = (Add(at: 0), Add(at: 0));
        Sent(at: 0);

        _lane.Refused(first, Refusals.PermissionDenied, At(1), OutboxRequest.Send);

        Assert.Equal(new SendResult.Refused(Refusals.PermissionDenied), Reported(first, at: 1));
        Assert.Equal(second, Sent(at: 1));
    }

    [Fact]
    public void A_token_that_ended_does_not_fail_the_message()
    {
        var first = Add(at: 0);
        Sent(at: 0);

        _lane.Refused(first, Refusals.Unauthorized, At(1), OutboxRequest.Send);
        _lane.Lost();

        Assert.Equal(first, Sent(at: 2));
    }

    [Fact]
    public void After_a_reconnect_the_unanswered_message_is_sent_again_before_any_other()
    {
        var (first, _) = (Add(at: 0), Add(at: 0));
        Sent(at: 0);
        _lane.Lost();
        Assert.IsType<OutboxStep.Wait>(Next(at: 1, OutboxLine.Down));

        Assert.Equal(first, Sent(at: 2));
    }

    [Fact]
    [Trait("Row", "G9")]
    public void A_message_that_never_left_the_device_fails_when_its_time_is_over()
    {
        var first = Add(at: 0);
        Assert.Equal(new OutboxStep.Wait(At(30)), Next(at: 0, OutboxLine.Down));

        var report = Assert.IsType<OutboxStep.Report>(Next(at: 30, OutboxLine.Down));

        Assert.Equal((first, false), (report.Message, report.Late));
        Assert.Equal(FailureReason.Network, Assert.IsType<SendResult.NotSent>(report.Result).Reason);
        Assert.IsType<OutboxStep.Idle>(Next(at: 31));
    }

    [Fact]
    [Trait("Row", "G9")]
    public void A_message_that_waits_behind_another_fails_in_its_own_time()
    {
        var (first, second) = (Add(at: 0), Add(at: 5));
        Sent(at: 0);
        Assert.Equal(first, Cancelled(at: 30));

        Assert.IsType<SendResult.NotSent>(Reported(second, at: 35, OutboxLine.Down));
    }

    [Fact]
    [Trait("Row", "G9"), Trait("Row", "S27")]
    public void What_never_left_fails_in_its_time_also_behind_others_of_an_earlier_run_that_may_have_landed()
    {
        var earlier = (One: AddOfEarlierRun(at: 0), Other: AddOfEarlierRun(at: 0));
        var late = Add(at: 0);
        Assert.Equal(new OutboxStep.Wait(At(30)), Next(at: 29, OutboxLine.Down));

        Assert.IsType<SendResult.NotSent>(Reported(late, at: 30, OutboxLine.Down));

        // Of the others nothing is known until there is a connection, and nobody waits: so nothing wakes anybody.
        Assert.Equal(new OutboxStep.Wait(TimeSpan.MaxValue), Next(at: 31, OutboxLine.Down));
        Assert.Equal(earlier.One, Cancelled(at: 50));
        _lane.Fenced(earlier.One);
        Assert.IsType<SendResult.NotSent>(Reported(earlier.One, at: 51));
        Assert.Equal(earlier.Other, Cancelled(at: 51));
    }

    [Fact]
    [Trait("Row", "G9")]
    public void One_of_an_earlier_run_that_is_over_its_time_waits_for_its_turn_and_keeps_nobody_awake()
    {
        var (first, second) = (Add(at: 5), Add(at: 0));
        (second.Copies, second.Reported) = (1, true);
        Sent(at: 5);

        Assert.Equal(new OutboxStep.Wait(At(35)), Next(at: 31));
        _lane.Recorded(first, EntryOf(first));
        Assert.IsType<SendResult.Recorded>(Reported(first, at: 32));

        Assert.Equal(second, Cancelled(at: 32));
    }

    [Fact]
    [Trait("Row", "G9")]
    public void A_message_that_left_without_an_answer_is_cancelled_when_its_time_is_over()
    {
        var first = Add(at: 0);
        Sent(at: 0);

        Assert.Equal(first, Cancelled(at: 30));
        Assert.Equal(new OutboxStep.Wait(At(40)), Next(at: 30));
        _lane.Fenced(first);

        Assert.Equal(FailureReason.Network, Assert.IsType<SendResult.NotSent>(Reported(first, at: 31)).Reason);
    }

    [Fact]
    [Trait("Row", "G9")]
    public void A_cancel_that_finds_the_message_recorded_is_a_success()
    {
        var first = Add(at: 0);
        Sent(at: 0);
        Cancelled(at: 30);

        _lane.Recorded(first, EntryOf(first));

        Assert.IsType<SendResult.Recorded>(Reported(first, at: 31));
    }

    [Fact]
    [Trait("Row", "G9")]
    public void A_message_that_cannot_be_settled_is_reported_unknown_and_once_more_when_it_is_settled()
    {
        var first = Add(at: 0);
        Sent(at: 0);
        _lane.Lost();
        Assert.IsType<OutboxStep.Wait>(Next(at: 30, OutboxLine.Down));

        var unknown = Assert.IsType<OutboxStep.Report>(Next(at: 40, OutboxLine.Down));
        Assert.IsType<SendResult.Unknown>(unknown.Result);
        Assert.Equal(new OutboxStep.Wait(TimeSpan.MaxValue), Next(at: 41, OutboxLine.Down));

        Assert.Equal(first, Cancelled(at: 500));
        _lane.Fenced(first);
        var settled = Assert.IsType<OutboxStep.Report>(Next(at: 501));
        Assert.IsType<SendResult.NotSent>(settled.Result);
        Assert.True(settled.Late);
    }

    [Fact]
    public void A_cancel_is_asked_again_after_a_reconnect_and_after_a_refusal_that_says_later()
    {
        var first = Add(at: 0);
        Sent(at: 0);
        Cancelled(at: 30);
        _lane.Lost();
        Assert.Equal(first, Cancelled(at: 31));
        _lane.Refused(first, Refusals.Overloaded.After(TimeSpan.FromSeconds(2)), At(31), OutboxRequest.Cancel);

        Assert.Equal(new OutboxStep.Wait(At(33)), Next(at: 31));
        Assert.Equal(first, Cancelled(at: 33));
    }

    [Fact]
    public void A_late_answer_to_the_send_settles_it_though_the_cancel_is_under_way()
    {
        var first = Add(at: 0);
        Sent(at: 0);
        Cancelled(at: 30);
        _lane.Refused(first, Refusals.RateLimited, At(30), OutboxRequest.Send);
        Assert.IsType<OutboxStep.Wait>(Next(at: 30));

        _lane.Recorded(first, EntryOf(first));
        _lane.Fenced(first);

        Assert.IsType<SendResult.Recorded>(Reported(first, at: 31));
        Assert.IsType<OutboxStep.Idle>(Next(at: 31));
    }

    [Fact]
    public void Given_up_before_it_left_it_is_dropped_and_the_next_goes_out()
    {
        var (first, second) = (Add(at: 0), Add(at: 0));

        _lane.GiveUp(first, At(1));

        Assert.Equal(FailureReason.Cancelled, Assert.IsType<SendResult.NotSent>(Reported(first, at: 1)).Reason);
        Assert.Equal(second, Sent(at: 1));
    }

    [Fact]
    public void Given_up_after_it_left_it_is_cancelled()
    {
        var first = Add(at: 0);
        Sent(at: 0);

        _lane.GiveUp(first, At(1));

        Assert.Equal(first, Cancelled(at: 1));
        _lane.Fenced(first);
        Assert.True(Assert.IsType<OutboxStep.Report>(Next(at: 2)).Late);
    }

    [Fact]
    public void When_the_client_ends_what_left_is_unknown_and_what_did_not_is_not_sent()
    {
        var (first, second) = (Add(at: 0), Add(at: 0));
        Sent(at: 0);

        _lane.End(Afterwards.Ends);

        Assert.IsType<SendResult.Unknown>(Reported(first, at: 1, OutboxLine.Down));
        Assert.Equal(FailureReason.Cancelled, Assert.IsType<SendResult.NotSent>(Reported(second, at: 1, OutboxLine.Down)).Reason);
    }

    [Fact]
    [Trait("Row", "S27")]
    public void Who_waited_longer_is_over_first_though_the_clock_was_set_back_in_between()
    {
        var (first, second, third) = (Add(at: 0), Add(at: 0), Add(at: 0));

        // By the clock of the device the second is the oldest.
        _lane.Hasten(message => At(message == second ? 5 : 40));

        Assert.IsType<SendResult.NotSent>(Reported(first, at: 5));
        Assert.IsType<SendResult.NotSent>(Reported(second, at: 5));
        Assert.Equal(third, Sent(at: 5));
        Assert.Equal(Patience, third.Deadline);
    }

    [Fact]
    [Trait("Row", "S30")]
    public void An_id_that_was_cancelled_is_stale_for_good()
    {
        var first = Add(at: 0);
        Sent(at: 0);

        _lane.Refused(first, Refusals.Cancelled, At(1), OutboxRequest.Send);

        Assert.Equal(FailureReason.Cancelled, Assert.IsType<SendResult.NotSent>(Reported(first, at: 1)).Reason);
    }

    /// <summary>A server that loses, delays and refuses at random: every message ends once, and the log has them in order, each at most once.</summary>
    [Fact]
    [Trait("Row", "G6")]
    [Trait("Row", "G7")]
    [Trait("Row", "G9")]
    public void Whatever_the_connection_does_messages_are_recorded_in_order_and_reported_truly()
    {
        var luck = Gen.Choose(0, 99).ArrayOf(400).ToArbitrary();
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(luck, dice =>
        {
            var world = new OutboxWorld(dice);
            world.Run();
            world.Check();
        }));
    }

    private static TimeSpan At(int second) => TimeSpan.FromSeconds(second);

    private static LogEntry EntryOf(OutgoingMessage message) => Alice.Says(Conversation, 1, "hi", message.Message);

    private OutgoingMessage Add(int at, MessagePriority? priority = null)
    {
        var message = new OutgoingMessage(Conversation, MessageId.New(), MessageContent.OfText("hi"), At(at) + Patience, new SendOptions { Priority = priority });
        _lane.Add(message);
        return message;
    }

    private OutgoingMessage AddOfEarlierRun(int at)
    {
        var message = Add(at);
        (message.Copies, message.Reported) = (1, true);
        return message;
    }

    private OutboxStep Next(int at, OutboxLine line = OutboxLine.Up) => _lane.Next(At(at), line);

    private Outgoing Sent(int at) => Assert.IsType<OutboxStep.Send>(Next(at)).Item;

    private Outgoing Cancelled(int at) => Assert.IsType<OutboxStep.Cancel>(Next(at)).Item;

    private SendResult Reported(OutgoingMessage message, int at, OutboxLine line = OutboxLine.Up)
    {
        var report = Assert.IsType<OutboxStep.Report>(Next(at, line));
        Assert.Equal(message, report.Message);
        return report.Result;
    }
}
