using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Parley.Client;

/// <summary>Options that are written as text. By hand: a binder that looks at types does not survive trimming, and passes over what it does not know.</summary>
internal static class ConfiguredOptions
{
    private static readonly Dictionary<string, Action<ParleyClientOptions, string>> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(ParleyClientOptions.Endpoint)] = (options, text) => options.Endpoint = new Uri(text),
        [nameof(ParleyClientOptions.DeviceId)] = (options, text) => options.DeviceId = new DeviceId(text),
        [nameof(ParleyClientOptions.KeptEntries)] = (options, text) => options.KeptEntries = int.Parse(text, CultureInfo.InvariantCulture),
        [nameof(ParleyClientOptions.HelloTimeout)] = (options, text) => options.HelloTimeout = Time(text),
        [nameof(ParleyClientOptions.SendTimeout)] = (options, text) => options.SendTimeout = Time(text),
        [nameof(ParleyClientOptions.SettleTimeout)] = (options, text) => options.SettleTimeout = Time(text),
        [nameof(ParleyClientOptions.RequestTimeout)] = (options, text) => options.RequestTimeout = Time(text),
        [nameof(ParleyClientOptions.TransferTimeout)] = (options, text) => options.TransferTimeout = Time(text),
        [nameof(ParleyClientOptions.PingInterval)] = (options, text) => options.PingInterval = Time(text),
        [nameof(ParleyClientOptions.PingTimeout)] = (options, text) => options.PingTimeout = Time(text),
        [nameof(ParleyClientOptions.AcknowledgeDelivery)] = (options, text) => options.AcknowledgeDelivery = bool.Parse(text),
        [nameof(ParleyClientOptions.FollowPresence)] = (options, text) => options.FollowPresence = bool.Parse(text),
        [nameof(ParleyClientOptions.Receive)] = (options, text) => options.Receive = Named<ReceiveMode>(text),
    };

    /// <summary>The options that can be set as text.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <exception cref="ArgumentException">A key is no option, or its value cannot be read.</exception>
    public static void Apply(IConfiguration section, ParleyClientOptions options)
    {
        foreach (var child in section.GetChildren())
        {
            var path = (child as IConfigurationSection)?.Path ?? child.Key;
            if (child.Value is not { } text || !Known.TryGetValue(child.Key, out var set)) throw new ArgumentException($"{path} is no option of a Parley client that can be configured.", nameof(section));
            try
            {
                set(options, text);
            }
            catch (Exception error) when (error is FormatException or ArgumentException or OverflowException)
            {
                throw new ArgumentException($"{path} cannot be read: {error.Message}", nameof(section), error);
            }
        }
    }

    private static TimeSpan Time(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);

    private static T Named<T>(string text)
        where T : struct, Enum =>
        Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value : throw new FormatException($"one of {string.Join(", ", Enum.GetNames<T>())} is expected");
}
