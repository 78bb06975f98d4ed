using System.Runtime.InteropServices;
using SQLitePCL;

namespace KeptMessages;

/// <summary>The SQLite that Linux has, for the store.</summary>
internal static class SystemSqlite
{
    public static void Use()
    {
        // docs: system-sqlite
        NativeLibrary.SetDllImportResolver(
            typeof(SQLite3Provider_e_sqlite3).Assembly, static (name, _, _) => name == "e_sqlite3" ? NativeLibrary.Load("libsqlite3.so.0") : 0);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        // docs: end
    }
}
