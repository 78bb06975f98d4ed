using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Parley.Content;
using Parley.Conversations;
using Parley.Egress;
using Parley.Gateway;
using Parley.Identity;
using Parley.Moderation;
using Parley.Presence;
using Parley.Storage;

namespace Parley.Hosting;

/// <summary>Puts Parley into an ASP.NET Core host. <c>parley serve</c> is nothing but these two calls.</summary>
public static class ParleyExtensions
{
    /// <summary>Where clients connect.</summary>
    public const string RealtimePath = RealtimeGateway.Path;

    /// <summary>Adds the server. Settings are read below <c>Parley</c> of <paramref name="configuration"/>, strictly: an unknown key stops the start.</summary>
    /// <remarks>
    /// The database is opened and migrated when the host starts, before it listens; when it stops, connections are drained before they are
    /// closed. Called twice, the second call changes nothing.
    /// </remarks>
    public static IServiceCollection AddParley(this IServiceCollection services, IConfiguration configuration)
    {
        if (services.Any(service => service.ServiceType == typeof(ParleyHost))) return services;
        services.AddSettings(configuration);
        services.AddStrictOptions<AppsOptions, AppsOptionsValidator>(AppsOptions.Section);
        services.AddSingleton<IValidateOptions<AppsOptions>, KeySetAddressValidator>();
        services.AddSingleton<IValidateOptions<AppsOptions>, ModerationOptionsValidator>();
        services.AddStrictOptions<KeySetsOptions, KeySetsOptionsValidator>(KeySetsOptions.Section);
        services.AddStrictOptions<EgressOptions, EgressOptionsValidator>(EgressOptions.Section);
        services.AddStrictOptions<StorageOptions, StorageOptionsValidator>(StorageOptions.Section);
        services.AddStrictOptions<GatewayOptions, GatewayOptionsValidator>(GatewayOptions.Section);
        services.AddStrictOptions<RoomsOptions, RoomsOptionsValidator>(RoomsOptions.Section);
        services.AddStrictOptions<LimitsOptions, LimitsOptionsValidator>(LimitsOptions.Section);
        services.AddStrictOptions<PresenceOptions, PresenceOptionsValidator>(PresenceOptions.Section);
        services.AddStrictOptions<ContentOptions, ContentOptionsValidator>(ContentOptions.Section);
        services.AddSingleton<IValidateOptions<ContentOptions>, S3OptionsValidator>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => Databases.Open(provider.GetRequiredService<IOptions<StorageOptions>>().Value));
        services.AddSingleton<Migrator>();
        services.AddSingleton<ParleyHost>();
        services.AddHostedService(provider => provider.GetRequiredService<ParleyHost>());
        return services;
    }

    /// <summary>
    /// Maps the WebSocket endpoint <c>/v1/realtime</c>, each of its methods as <c>POST /v1/{method}</c>, their description <c>/v1/openapi.json</c>, content below <c>/v1/content</c>,
    /// <c>/health/live</c> (the process answers) and <c>/health/ready</c> (the database does). What else is below <c>/v1</c> is answered with 404.
    /// </summary>
    /// <exception cref="InvalidOperationException"><see cref="AddParley"/> was not called.</exception>
    public static IEndpointConventionBuilder MapParley(this IEndpointRouteBuilder endpoints)
    {
        var host = endpoints.ServiceProvider.GetService<ParleyHost>()
            ?? throw new InvalidOperationException("Call services.AddParley(configuration) before endpoints.MapParley().");
        var group = endpoints.MapGroup("");
        group.Map(RealtimeGateway.Path, context => host.Node.Gateway.HandleAsync(context));
        group.Map(HttpGateway.DescriptionPath, context => host.Node.Http.DescribeAsync(context));
        group.Map(ContentGateway.Path, context => host.Node.HttpContent.Whole.HandleAsync(context));
        group.Map(TusGateway.Path, context => host.Node.HttpContent.Tus.HandleAsync(context));
        group.Map(TusGateway.Path + "/{upload}", context => host.Node.HttpContent.Tus.HandleAsync(context));
        group.Map(ContentDownload.Path, context => host.Node.HttpContent.Download.HandleAsync(context));
        group.Map(HttpGateway.Path, context => host.Node.Http.HandleAsync(context));
        group.MapGet("/health/live", context => AnswerAsync(context, StatusCodes.Status200OK, "live"));
        group.MapGet("/health/ready", async context =>
        {
            var ready = await host.Node.IsReadyAsync(context.RequestAborted);
            await AnswerAsync(context, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, ready ? "ready" : "not ready");
        });
        return group;
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        SafeHeaders.Add(context.Response);
        return context.Response.WriteAsync(text);
    }
}
