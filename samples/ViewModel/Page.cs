using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ViewModel;

/// <summary>What pages have in common.</summary>
public abstract class Page : INotifyPropertyChanged
{
    private string _notice = "";

    /// <inheritdoc/>
    public event PropertyChangedEventHandler? PropertyChanged;

    /// <summary>What went wrong last; empty for nothing.</summary>
    public string Notice
    {
        get => _notice;
        set => Set(ref _notice, value);
    }

    /// <summary>Sets a property, and says so when it is another.</summary>
    protected bool Set<T>(ref T field, T value, [CallerMemberName] string name = "")
    {
        if (EqualityComparer<T>.Default.Equals(field, value)) return false;
        field = value;
        Changed(name);
        return true;
    }

    /// <summary>Says that a property is another.</summary>
    protected void Changed(string name) => PropertyChanged?.Invoke(this, new PropertyChangedEventArgs(name));
}
