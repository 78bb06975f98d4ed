using Parley.Delivery;
using FsCheck;
using FsCheck.Fluent;
using Parley.Gateway;

namespace Parley.Tests.Gateway;

public sealed class FrameMeterTests
{
    [Fact]
    public void However_the_bytes_are_cut_the_verdict_is_the_same()
    {
        var bytes = Gen.OneOf(
            Gen.Choose(0, 300).Select(length => RawClient.Frame(0x81, new byte[length])),
            Gen.Choose(65_500, 65_600).Select(length => RawClient.Frame(0x81, new byte[length])),
            Gen.Choose(0, 125).Select(length => RawClient.Frame(0x89, new byte[length])),
            Gen.Choose(0, 40_000).Select(length => RawClient.Frame(0x01, new byte[length])),
            Gen.Choose(0, 40_000).Select(length => RawClient.Frame(0x00, new byte[length])),
            Gen.Choose(0, 200).Select(length => RawClient.Header(0x81, (ulong)length << 40)),
            Gen.Choose(0, 255).Select(value => new[] { (byte)value }));
        var property = Prop.ForAll(
            Arb.From(from frames in bytes.ListOf() from cuts in Gen.Choose(1, 5_000).NonEmptyListOf() select (frames.SelectMany(frame => frame).ToArray(), cuts.ToArray())),
            input => Run(input.Item1, [int.MaxValue]) == Run(input.Item1, input.Item2) && Run(input.Item1, [int.MaxValue]) == Run(input.Item1, [1]));
        property.QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Pings_are_paid_from_a_bucket_that_fills_again()
    {
        var clock = new GatewayClock();
        var meter = Meter(clock);
        var ping = RawClient.Frame(0x89, []);
        for (var second = 0; second < 100; second++)
        {
            for (var index = 0; index < 10; index++) meter.Pass(ping);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Null(meter.Violation);
        for (var index = 0; index < 21; index++) meter.Pass(ping);
        Assert.Equal(CloseCode.PolicyViolation, meter.Violation);
    }

    private static (int Passed, CloseCode? Violation) Run(byte[] bytes, int[] cuts)
    {
        var meter = Meter(new GatewayClock());
        var passed = 0;
        for (var turn = 0; passed < bytes.Length && meter.Violation is null; turn++)
            passed += meter.Pass(bytes.AsSpan(passed, Math.Min(cuts[turn % cuts.Length], bytes.Length - passed)));
        return (passed, meter.Violation);
    }

    private static FrameMeter Meter(TimeProvider clock) => new(128 * 1024, 16, new Rate(10, 20), clock);
}
