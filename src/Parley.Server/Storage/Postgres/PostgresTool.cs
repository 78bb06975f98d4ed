using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Parley.Storage.Postgres;

/// <summary>A program of PostgreSQL's own, run against the database of a connection string.</summary>
internal static class PostgresTool
{
    private const int MaxComplaintLines = 5;

    /// <summary>Runs it to its end; what it wrote on standard output.</summary>
    /// <param name="program"><c>pg_dump</c> or <c>pg_restore</c>.</param>
    /// <param name="arguments">Without those that say where the database is: the environment says it, since everybody may see arguments.</param>
    /// <param name="connectionString">Of Npgsql.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="StorageException">It is not installed, or failed.</exception>
    public static async Task<string> RunAsync(string program, IReadOnlyCollection<string> arguments, string connectionString, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(program, arguments) 
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment(new NpgsqlConnectionStringBuilder(connectionString))) start.Environment[name] = value;
        using var process = Start(start);
        process.StandardInput.Close();
        try
        {
            var (output, complaint) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
            await process.WaitForExitAsync(cancel);
            if (process.ExitCode == 0) return await output;
            var lines = (await complaint).Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(MaxComplaintLines);
            throw new StorageException(StorageFailure.Unavailable, string.Join(' ', lines), new InvalidOperationException($"{program} ended with {process.ExitCode}"));
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>The connection string in the words of PostgreSQL's own programs.</summary>
    internal static IEnumerable<KeyValuePair<string, string?>> Environment(NpgsqlConnectionStringBuilder settings) =>
        new Dictionary<string, string?>
        {
            ["PGHOST"] = settings.Host,
            ["PGPORT"] = settings.Port.ToString(CultureInfo.InvariantCulture),
            ["PGDATABASE"] = settings.Database ?? settings.Username,
            ["PGUSER"] = settings.Username,
            ["PGPASSWORD"] = settings.Password,
            ["PGOPTIONS"] = settings.Options,
            ["PGPASSFILE"] = settings.Passfile,
            ["PGSSLROOTCERT"] = settings.RootCertificate,
            ["PGSSLCERT"] = settings.SslCertificate,
            ["PGSSLKEY"] = settings.SslKey,
            ["PGSSLMODE"] = settings.SslMode switch
            {
                SslMode.VerifyCA => "verify-ca",
                SslMode.VerifyFull => "verify-full",
                var mode => mode.ToString().ToLowerInvariant(),
            },
        }.Where(setting => !string.IsNullOrEmpty(setting.Value));

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new StorageException(StorageFailure.Unavailable,
                $"{start.FileName} cannot be run ({exception.Message}): install PostgreSQL's client programs, of the server's version or newer, "
                + "and put them on the PATH. On Debian and Ubuntu: apt-get install postgresql-client", exception);
        }
    }
}
