using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Parley.Hosting;

/// <summary>Where <c>parley serve</c> listens and what it takes of an HTTP request. A host that embeds Parley configures its own server.</summary>
public sealed class HttpOptions
{
    /// <summary>Where the configuration keeps them.</summary>
    public const string Section = "Parley:Http";

    /// <summary>
    /// Where to listen, separated by semicolons. Ignored where the configuration has <c>Kestrel:Endpoints</c>, which can also name certificates.
    /// </summary>
    public string Urls { get; set; } = "http://localhost:5080";

    /// <summary>Bytes of a request's body. A larger one is answered with 413; so is, whatever stands here, one of more than 256 KiB that asks a method.</summary>
    [Range(1_024, 16 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 256 * 1024;

    /// <summary>Bytes of a request's first line: method, URL, version. A longer one is answered with 414.</summary>
    [Range(1_024, 64 * 1024)]
    public int MaxRequestLineBytes { get; set; } = 8 * 1024;

    /// <summary>Headers of a request. More are answered with 431.</summary>
    [Range(10, 1_000)]
    public int MaxHeaders { get; set; } = 100;

    /// <summary>Bytes of a request's headers together. More are answered with 431.</summary>
    [Range(1_024, 256 * 1024)]
    public int MaxHeaderBytes { get; set; } = 32 * 1024;

    /// <summary>How long a request's headers may take to arrive.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:02:00")]
    public TimeSpan HeaderTimeout { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>Checks the ranges above.</summary>
[OptionsValidator]
internal sealed partial class HttpOptionsValidator : IValidateOptions<HttpOptions>;
