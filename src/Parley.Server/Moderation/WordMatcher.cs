using System.Runtime.InteropServices;

namespace Parley.Moderation;

/// <summary>Finds all of many words in one pass over a text, as Aho and Corasick described. Immutable, pure.</summary>
/// <remarks>
/// The words are a tree whose nodes are numbered level by level, so that the children of a node stand side by side in the order of their letters. A
/// node knows the longest end of itself that begins another word (its fallback), and which lists have a word that ends there. So each letter of a text
/// costs two steps at most on the average, whatever the text, and however many words there are.
/// </remarks>
internal sealed class WordMatcher
{
    private const int Letters = char.MaxValue + 1;
    private const int FewChildren = 8;

    private readonly int[] _first;
    private readonly char[] _letter;
    private readonly int[] _fallback;
    private readonly ulong[] _lists;
    private readonly ushort[] _masked;

    /// <summary>Where each letter leads from the root; 0 for nowhere.</summary>
    private readonly int[] _fromRoot = new int[Letters];

    private WordMatcher(int[] first, char[] letter, int[] fallback, ulong[] lists, ushort[] masked)
    {
        (_first, _letter, _fallback, _lists, _masked) = (first, letter, fallback, lists, masked);
        for (var child = _first[0]; child < _first[1]; child++) _fromRoot[letter[child]] = child;
    }

    /// <param name="words">Folded words, none of them empty, each with the number of its list, below 64.</param>
    /// <param name="masking">The lists whose words are masked, as bits: of them it is known how long the words are.</param>
    public static WordMatcher Of(IEnumerable<(string Word, int List)> words, ulong masking)
    {
        var sorted = words.ToArray();
        Array.Sort(sorted, (one, other) => string.CompareOrdinal(one.Word, other.Word));
        List<int> first = [1], fallback = [0], masked = [0];
        List<char> letter = ['\0'];
        List<ulong> lists = [0];
        // What a node stands for: the words from one place to another, all alike up to its depth.
        var ranges = new Queue<(int Node, int From, int To, int Depth)>([(0, 0, sorted.Length, 0)]);
        while (ranges.TryDequeue(out var range))
        {
            var (node, from, to, depth) = range;
            first[node] = letter.Count;
            for (; from < to && sorted[from].Word.Length == depth; from++) continue;
            while (from < to)
            {
                var (begin, child) = (from, letter.Count);
                var by = sorted[from].Word[depth];
                for (; from < to && sorted[from].Word[depth] == by; from++) continue;
                letter.Add(by);
                first.Add(0);
                fallback.Add(Fallback(node, by));
                var own = Ending(begin, from, depth + 1);
                lists.Add(own | lists[fallback[child]]);
                masked.Add((own & masking) != 0 ? depth + 1 : masked[fallback[child]]);
                ranges.Enqueue((child, begin, from, depth + 1));
            }
        }

        first.Add(letter.Count);
        return new WordMatcher([.. first], [.. letter], [.. fallback], [.. lists], [.. masked.Select(length => (ushort)length)]);

        ulong Ending(int from, int to, int length)
        {
            var ending = 0UL;
            for (; from < to && sorted[from].Word.Length == length; from++) ending |= 1UL << sorted[from].List;
            return ending;
        }

        // Nodes of the levels above are whole when it is asked.
        int Fallback(int parent, char by)
        {
            while (parent != 0)
            {
                parent = fallback[parent];
                var children = CollectionsMarshal.AsSpan(letter)[first[parent]..first[parent + 1]];
                if (children.BinarySearch(by) is >= 0 and var child) return first[parent] + child;
            }

            return 0;
        }
    }

    /// <summary>The lists that have a word in the text, as bits; where words are to be masked goes to <paramref name="spans"/>, in the order of their ends.</summary>
    /// <param name="text">Folded.</param>
    /// <param name="spans">Gets the longest masked word that ends at each place; null when nobody asks.</param>
    public ulong Find(ReadOnlySpan<char> text, List<(int Start, int End)>? spans)
    {
        var (state, found) = (0, 0UL);
        for (var index = 0; index < text.Length; index++)
        {
            state = Next(state, text[index]);
            if (_lists[state] == 0) continue;
            found |= _lists[state];
            if (_masked[state] != 0) spans?.Add((index + 1 - _masked[state], index + 1));
        }

        return found;
    }

    private int Next(int state, char by)
    {
        while (state != 0)
        {
            if (Child(state, by) is > 0 and var child) return child;
            state = _fallback[state];
        }

        return _fromRoot[by];
    }

    private int Child(int node, char by)
    {
        var (from, to) = (_first[node], _first[node + 1]);
        if (to - from > FewChildren)
        {
            var place = _letter.AsSpan(from, to - from).BinarySearch(by);
            return place < 0 ? 0 : from + place;
        }

        for (; from < to; from++)
        {
            if (_letter[from] == by) return from;
        }

        return 0;
    }
}
