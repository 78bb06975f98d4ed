using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Parley.Storage;

/// <summary>A name in a folder is durable when the folder was flushed; .NET opens no folders, so the C library is asked.</summary>
internal static class DurableFolders
{
    /// <summary>Returns when every name in the folder is durable.</summary>
    /// <exception cref="IOException">It cannot be said that they are.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Native.Open(Encoding.UTF8.GetBytes(folder + '\0'), 0);
        if (handle < 0) throw new IOException($"{folder}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        try
        {
            if (Native.Flush(handle) != 0) throw new IOException($"{folder}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
        finally
        {
            _ = Native.Close(handle);
        }
    }

    /// <summary>Makes a folder, for nobody but this user, and the folders around it; each of them is durable.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void Make(string folder)
    {
        if (Directory.Exists(folder)) return;
        var parent = Path.GetDirectoryName(Path.GetFullPath(folder))!;
        Make(parent);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Flush(parent);
    }

    /// <summary>Gives a file another name on the same file system; where those have one name each, that name instead. Durable when the folder is flushed.</summary>
    /// <exception cref="IOException">It has not got it.</exception>
    public static void Link(string file, string name)
    {
        if (OperatingSystem.IsWindows() || Native.Link(Encoding.UTF8.GetBytes(file + '\0'), Encoding.UTF8.GetBytes(name + '\0')) != 0) File.Move(file, name);
    }

    private static class Native
    {
        [DllImport("libc", EntryPoint = "link", SetLastError = true)]
        public static extern int Link(byte[] file, byte[] name);

        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        public static extern int Open(byte[] path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static extern int Flush(int handle);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        public static extern int Close(int handle);
    }
}
