using System.Collections;
using System.Reflection;

namespace Parley.Hosting;

/// <summary>Every setting there is, read from the options classes that were registered.</summary>
internal sealed class SettingsCatalogue(IEnumerable<SettingsSection> sections)
{
    public IReadOnlyList<SettingsSection> Sections { get; } =
        [.. sections.DistinctBy(section => section.Key).OrderBy(section => section.Key, StringComparer.Ordinal)];

    public IReadOnlyList<Setting> Settings => field ??= [.. Sections.SelectMany(section => Below(section.Key, section.Options))];

    /// <summary>The setting of this key; null when there is none.</summary>
    public Setting? Find(IReadOnlyList<string> parts) => Settings.FirstOrDefault(setting => setting.Matches(parts));

    /// <summary>Whether this key is a section around settings.</summary>
    public bool IsSection(IReadOnlyList<string> parts) => Settings.Any(setting => setting.Parts.Count > parts.Count && setting.MatchesStart(parts));

    /// <summary>The setting somebody meant who wrote this key, spelled with his own names and numbers; null when none is near.</summary>
    public string? Nearest(IReadOnlyList<string> parts)
    {
        var key = string.Join(':', parts);
        var nearest = Settings
            .Select(setting => string.Join(':', setting.Parts.Select((part, i) => IsChosen(part) && i < parts.Count ? parts[i] : part)))
            .MinBy(candidate => EditDistance.Between(key, candidate));
        return nearest is not null && EditDistance.Between(key, nearest) <= Math.Max(2, key.Length / 3) ? nearest : null;
    }

    private static bool IsChosen(string part) => part is Setting.AnyName or Setting.AnyIndex;

    private static IEnumerable<Setting> Below(string key, Type type)
    {
        if (ElementOfDictionary(type) is { } named) return Below($"{key}:{Setting.AnyName}", named);

        var defaults = Activator.CreateInstance(type);
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetMethod is not null && property.GetIndexParameters().Length == 0)
            .Where(property => property.SetMethod is { IsPublic: true } || !IsScalar(property.PropertyType))
            .SelectMany(property => Of($"{key}:{property.Name}", property, property.PropertyType, property.GetValue(defaults)));
    }

    private static IEnumerable<Setting> Of(string key, PropertyInfo property, Type type, object? byDefault)
    {
        if (IsScalar(type)) return [new Setting(key, type, property, byDefault)];
        if (ElementOfDictionary(type) is { } named) return Of($"{key}:{Setting.AnyName}", property, named, null);
        if (ElementOfList(type) is { } element) return Of($"{key}:{Setting.AnyIndex}", property, element, Joined(element, byDefault));
        return Below(key, type);
    }

    private static string? Joined(Type element, object? list) =>
        IsScalar(element) && list is IEnumerable elements ? string.Join(", ", elements.Cast<object>()) : null;

    private static bool IsScalar(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var inner
        && (inner.IsPrimitive || inner.IsEnum || inner == typeof(string) || inner == typeof(TimeSpan) || inner == typeof(Uri) || inner == typeof(decimal));

    private static Type? ElementOfDictionary(Type type) => ArgumentsOf(type, typeof(IDictionary<,>))?[1];

    private static Type? ElementOfList(Type type) => ArgumentsOf(type, typeof(IEnumerable<>))?[0];

    private static Type[]? ArgumentsOf(Type type, Type definition) =>
        type.GetInterfaces().Append(type)
            .FirstOrDefault(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == definition)
            ?.GetGenericArguments();
}
