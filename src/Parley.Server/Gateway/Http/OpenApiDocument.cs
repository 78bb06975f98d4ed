namespace Parley.Gateway;

/// <summary>The description of all methods as OpenAPI, which is generated when Parley is built and kept in it: docs/protocol/openapi.json.</summary>
internal static class OpenApiDocument
{
    public const string Name = "openapi.json";

    public static ReadOnlyMemory<byte> Json { get; } = Read();

    private static byte[] Read()
    {
        using var stream = typeof(OpenApiDocument).Assembly.GetManifestResourceStream(Name)
            ?? throw new InvalidOperationException($"{Name} is not in the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
