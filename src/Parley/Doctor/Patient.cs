using Microsoft.Extensions.Configuration;
using Parley.Egress;
using Parley.Gateway;
using Parley.Hosting;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Doctor;

/// <summary>The server that is looked at: its settings, which are valid.</summary>
/// <param name="Configuration">All of it, the web server's part too.</param>
/// <param name="Storage">Where its data is.</param>
/// <param name="Apps">Whom it serves.</param>
/// <param name="Limits">What it limits.</param>
/// <param name="Http">Where it listens.</param>
/// <param name="Egress">What it may fetch.</param>
/// <param name="Clock">This machine's.</param>
internal sealed record Patient(
    IConfiguration Configuration, StorageOptions Storage, AppsOptions Apps, LimitsOptions Limits, HttpOptions Http, EgressOptions Egress,
    TimeProvider Clock)
{
    /// <summary>The folder as an absolute path.</summary>
    public string Folder => Path.GetFullPath(Storage.DataDirectory);
}
