using System.Windows.Input;
using Parley.Client;

namespace ViewModel;

/// <summary>What a button does: one thing at a time, and not while it may not be done.</summary>
public sealed class Command(Func<Task> run, Action<string> failed, Func<bool>? may = null) : ICommand
{
    private bool _isRunning;

    /// <inheritdoc/>
    public event EventHandler? CanExecuteChanged;

    /// <inheritdoc/>
    public bool CanExecute(object? parameter) => !_isRunning && (may?.Invoke() ?? true);

    /// <inheritdoc/>
    public void Execute(object? parameter) => _ = ExecuteAsync();

    /// <summary>Does it, and completes when it is done. What Parley says instead is told to the page.</summary>
    public async Task ExecuteAsync()
    {
        if (!CanExecute(null)) return;
        _isRunning = true;
        Changed();
        try
        {
            await run();
        }
        catch (ParleyException error)
        {
            failed(error.Message);
        }
        finally
        {
            _isRunning = false;
            Changed();
        }
    }

    /// <summary>It may be done now, or may not any more.</summary>
    public void Changed() => CanExecuteChanged?.Invoke(this, EventArgs.Empty);
}
