namespace BlazorServer;

/// <summary>Who looks at this circuit's page. In earnest that is who signed in; here the address says it, for trying it out on your own machine.</summary>
internal sealed class Visitor
{
    public string Name { get; set; } = "guest";
}
