using System.Runtime.InteropServices;

namespace Parley.Moderation;

/// <summary>Finds all of many words in one pass over a text, as Aho and Corasick described. Immutable, pure.</summary>
/// <remarks>
/// The words are a tree whose nodes are numbered level by level, so that the children of a node stand side by side in the order of their letters. A
/// node knows the longest end of itself that begins another word (its fallback), and which lists have a word that ends there. Of the first nodes, where a
/// text is nearly all the time, a table says where each letter of the words leads; further down children are searched, and a node without the
/// letter falls back. So each letter of a text costs two steps at most on the average, whatever the text, and however many words there are.
/// </remarks>
internal sealed class WordMatcher
{
    private const int Letters = char.MaxValue + 1;
    private const int FewChildren = 8;

    /// <summary>The most places of the table: 8 MiB. Ten thousand words of one alphabet have all their nodes in it.</summary>
    private const int MaxTable = 2 * 1024 * 1024;

    private readonly int[] _first;
    private readonly char[] _letter;
    private readonly int[] _fallback;
    private readonly ulong[] _lists;
    private readonly ushort[] _masked;

    /// <summary>The number of each letter that a word has, from 1 on; 0 for all others, which lead nowhere from anywhere.</summary>
    private readonly ushort[] _number = new ushort[Letters];

    /// <summary>Where each letter leads from the first nodes, by its number: the node, or its complement where words end.</summary>
    private readonly int[] _next;
    private readonly int _numbers = 1;
    private readonly int _inTable;

    private WordMatcher(int[] first, char[] letter, int[] fallback, ulong[] lists, ushort[] masked)
    {
        (_first, _letter, _fallback, _lists, _masked) = (first, letter, fallback, lists, masked);
        // The root's own letter is none.
        foreach (var one in letter.AsSpan(1))
        {
            if (_number[one] == 0) _number[one] = (ushort)_numbers++;
        }

        _inTable = Math.Max(1, Math.Min(letter.Length, MaxTable / _numbers));
        _next = new int[_inTable * _numbers];
        for (var node = 0; node < _inTable; node++)
        {
            // A fallback stands before who falls back to it: its row is whole.
            if (node > 0) _next.AsSpan(fallback[node] * _numbers, _numbers).CopyTo(_next.AsSpan(node * _numbers));
            for (var child = first[node]; child < first[node + 1]; child++) _next[node * _numbers + _number[letter[child]]] = lists[child] == 0 ? child : ~child;
        }
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
            if (state >= 0) continue;
            state = ~state;
            found |= _lists[state];
            if (_masked[state] != 0) spans?.Add((index + 1 - _masked[state], index + 1));
        }

        return found;
    }

    /// <summary>The node behind a letter; its complement where words end.</summary>
    private int Next(int state, char by)
    {
        var number = _number[by];
        if (number == 0) return 0;
        for (; state >= _inTable; state = _fallback[state])
        {
            if (Child(state, by) is > 0 and var child) return _lists[child] == 0 ? child : ~child;
        }

        return _next[state * _numbers + number];
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
