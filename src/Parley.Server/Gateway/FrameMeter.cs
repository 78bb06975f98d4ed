using Parley.Delivery;

namespace Parley.Gateway;

/// <summary>Reads the headers of WebSocket frames as their bytes pass, and stops what the WebSocket itself would let pass.</summary>
/// <remarks>
/// That is: how large a message is before it arrived, of how many fragments, how many pings came, whether it is text, and whether it is masked.
/// Reserved bits and opcodes, the order of fragments, the encoding of text and the form of a close are left to the WebSocket.
/// </remarks>
internal sealed class FrameMeter(int maxMessageBytes, int maxFragments, Rate controlFrames, TimeProvider clock)
{
    private const int MaxControlBytes = 125;
    private const byte Fin = 0x80;
    private const byte Masked = 0x80;

    private TokenBucket _control = new(controlFrames, clock);
    private byte _first;
    private byte _second;
    private int _headerBytes;
    private ulong _length;
    private ulong _payloadLeft;
    private int _messageBytes;
    private int _fragments;

    /// <summary>The rule that was broken; null while none was.</summary>
    public CloseCode? Violation { get; private set; }

    /// <summary>Passes bytes on; answers how many of them come before the one that broke a rule, or all.</summary>
    public int Pass(ReadOnlySpan<byte> bytes)
    {
        var passed = 0;
        while (passed < bytes.Length && Violation is null)
        {
            if (_payloadLeft > 0)
            {
                var payload = (int)Math.Min(_payloadLeft, (ulong)(bytes.Length - passed));
                _payloadLeft -= (ulong)payload;
                passed += payload;
                continue;
            }

            Violation = Header(bytes[passed]);
            if (Violation is null) passed++;
        }

        return passed;
    }

    private CloseCode? Header(byte value)
    {
        switch (_headerBytes++)
        {
            case 0:
                _first = value;
                return null;
            case 1:
                _second = value;
                _length = (ulong)(value & 0x7F) is var length and < 126 ? length : 0;
                if ((value & Masked) == 0) return CloseCode.ProtocolError;
                return LengthBytes == 0 ? Judge() : null;
            case var position when position < 2 + LengthBytes:
                _length = (_length << 8) | value;
                return position == 1 + LengthBytes ? Judge() : null;
            case var position:
                // The last byte of the mask ends the header.
                if (position == 5 + LengthBytes) (_headerBytes, _payloadLeft) = (0, _length);
                return null;
        }
    }

    private int LengthBytes => (_second & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };

    private CloseCode? Judge()
    {
        var opcode = _first & 0x0F;
        if (opcode >= 8)
        {
            if (_length > MaxControlBytes) return CloseCode.ProtocolError;
            return opcode == 8 || _control.TakeOrWait(1) is null ? null : CloseCode.PolicyViolation;
        }

        if (opcode == 2) return CloseCode.NotText;
        if (opcode == 1) (_messageBytes, _fragments) = (0, 0);
        if (++_fragments > maxFragments) return CloseCode.PolicyViolation;
        if (_length > (ulong)(maxMessageBytes - _messageBytes)) return CloseCode.TooLarge;
        _messageBytes += (int)_length;
        if ((_first & Fin) != 0) (_messageBytes, _fragments) = (0, 0);
        return null;
    }
}
