using System.Reflection;

namespace Parley.Tests;

/// <summary>Types as a reader of C# writes them: with keywords, type arguments, and question marks.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(byte)] = "byte", [typeof(short)] = "short", [typeof(int)] = "int", [typeof(long)] = "long", [typeof(uint)] = "uint",
        [typeof(ulong)] = "ulong", [typeof(double)] = "double", [typeof(decimal)] = "decimal",
    };

    public static string Of(Type type) => Of(type, null);

    public static string Of(ParameterInfo parameter) => Of(parameter.ParameterType, new NullabilityInfoContext().Create(parameter));

    public static string Of(PropertyInfo property) => Of(property.PropertyType, new NullabilityInfoContext().Create(property));

    public static string Of(FieldInfo field) => Of(field.FieldType, new NullabilityInfoContext().Create(field));

    public static string Of(EventInfo @event) => Of(@event.EventHandlerType!, new NullabilityInfoContext().Create(@event));

    public static string WithNamespace(Type type) => (type.Namespace is null ? "" : type.Namespace + ".") + Of(type);

    private static string Of(Type type, NullabilityInfo? nullability)
    {
        if (type.IsByRef) return Of(type.GetElementType()!, nullability);
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Of(underlying, null) + "?";
        return NameOf(type, nullability) + (!type.IsValueType && nullability is { ReadState: NullabilityState.Nullable } ? "?" : "");
    }

    private static string NameOf(Type type, NullabilityInfo? nullability)
    {
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        if (type.IsArray) return $"{Of(type.GetElementType()!, nullability?.ElementType)}[]";
        var name = type.IsNested && !type.IsGenericParameter ? $"{NameOf(type.DeclaringType!, null)}.{type.Name}" : type.Name;
        if (!type.IsGenericType) return name;
        var arguments = type.GetGenericArguments();
        var states = nullability?.GenericTypeArguments is { } known && known.Length == arguments.Length ? known : null;
        return $"{name.Split('`')[0]}<{string.Join(", ", arguments.Select((argument, i) => Of(argument, states?[i])))}>";
    }
}
