using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Parley.Hosting;

/// <summary>Strict settings: a misspelt key or an impossible value stops the server before it opens a port.</summary>
internal static class OptionsRegistration
{
    /// <summary>Says where settings are read from. Once, before <see cref="AddStrictOptions{TOptions,TValidator}"/>; a second call changes nothing.</summary>
    public static IServiceCollection AddSettings(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton<SettingsCatalogue>();
        services.TryAddSingleton(provider => new SettingsCheck(configuration, provider.GetRequiredService<SettingsCatalogue>()));
        return services;
    }

    /// <summary>Makes the properties of <typeparamref name="TOptions"/> the settings below <paramref name="section"/>, and validates them at start.</summary>
    /// <param name="services">Where <see cref="AddSettings"/> was called.</param>
    /// <param name="section">The full key, <c>Parley:Limits</c>.</param>
    /// <remarks>
    /// Whichever options are asked for first, everything below <c>Parley</c> is checked before any is given. Code may still change
    /// what was read with <c>services.Configure</c>, as a host that embeds Parley does; the validator sees the result.
    /// </remarks>
    public static IServiceCollection AddStrictOptions<TOptions, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TValidator>(
        this IServiceCollection services, string section)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        services.AddSingleton(new SettingsSection(section, typeof(TOptions)));
        services.AddSingleton<IValidateOptions<TOptions>, TValidator>();
        services.AddSingleton<IConfigureOptions<TOptions>>(provider => new CheckedBinding<TOptions>(provider.GetRequiredService<SettingsCheck>(), section));
        services.AddOptions<TOptions>().ValidateOnStart();
        return services;
    }

    private sealed class CheckedBinding<TOptions>(SettingsCheck check, string section) : IConfigureOptions<TOptions>
        where TOptions : class
    {
        public void Configure(TOptions options) => check.PassedConfiguration().GetSection(section).Bind(options);
    }
}

/// <summary>The settings below a key are the properties of a type.</summary>
internal sealed record SettingsSection(string Key, Type Options);

/// <summary>The configuration has keys that are no settings, or values that a setting cannot have.</summary>
public sealed class InvalidSettingsException : Exception
{
    /// <summary>Names each problem in a line of its own.</summary>
    public InvalidSettingsException(IReadOnlyList<string> problems)
        : base(string.Join('\n', problems)) => Problems = problems;

    /// <summary>One sentence per problem: which key, what is wrong, what would be right. Never a secret's value.</summary>
    public IReadOnlyList<string> Problems { get; }
}
