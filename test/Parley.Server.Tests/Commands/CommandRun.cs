namespace Parley.Tests.Commands;

/// <summary>A command of the executable, run inside the test.</summary>
internal static class CommandRun
{
    /// <summary>Runs it to its end: exit code, standard output, standard error.</summary>
    public static async Task<(int Code, string Output, string Error)> OfAsync(params string[] args)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        await using var error = new StringWriter { NewLine = "\n" };
        var code = await Program.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
