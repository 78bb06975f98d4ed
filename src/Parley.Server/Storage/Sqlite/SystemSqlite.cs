using System.Runtime.InteropServices;
using SQLitePCL;

namespace Parley.Storage.Sqlite;

/// <summary>Binds SQLite to the library of the operating system, which the operating system patches.</summary>
internal static class SystemSqlite
{
    private static readonly Lazy<bool> Bound = new(Bind);

    /// <exception cref="StorageException">The library is not installed; the message names the package.</exception>
    public static void Use() => _ = Bound.Value;

    private static bool Bind()
    {
        var library = Load(LibraryName);
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, (name, _, _) => name == "e_sqlite3" ? library : 0);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        // Each of our connections is used by one thread at a time, and nobody asks how much memory SQLite has: no locks for either. A host that
        // used the library before keeps what it chose.
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
        return true;
    }

    /// <exception cref="StorageException">There is no such library.</exception>
    internal static nint Load(string name) => NativeLibrary.TryLoad(name, out var library)
        ? library
        : throw new StorageException(StorageFailure.Unavailable,
            $"SQLite's library {name} is not installed. On Debian and Ubuntu: apt-get install libsqlite3-0; on Fedora: dnf install sqlite-libs.",
            new DllNotFoundException(name));

    private static string LibraryName =>
        OperatingSystem.IsWindows() ? "winsqlite3" : OperatingSystem.IsMacOS() ? "libsqlite3.dylib" : "libsqlite3.so.0";
}
