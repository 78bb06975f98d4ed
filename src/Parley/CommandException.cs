namespace Parley;

/// <summary>A command cannot do its work; the message is the sentence for whoever typed it: what is wrong, where, what to do.</summary>
internal sealed class CommandException(string sentence) : Exception(sentence);
