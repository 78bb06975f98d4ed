using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace EmbeddedServer;

/// <summary>The app around the chat: pages and a login of its own, which Parley knows nothing of.</summary>
internal static class Shop
{
    public static void AddShop(this IServiceCollection services)
    {
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
        {
            // Lax keeps the cookie from forms of other sites, and lets links to the shop work.
            (options.Cookie.Name, options.Cookie.SameSite) = ("shop", SameSiteMode.Lax);
            options.LoginPath = "/";
            // A program that asks for a token is to hear that it may not, and not to be sent to a page.
            options.Events.OnRedirectToLogin = context =>
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return Task.CompletedTask;
            };
        });
        services.AddAuthorization();
    }

    public static void MapShop(this WebApplication app)
    {
        app.MapGet("/", (ClaimsPrincipal user) => Results.Text(
            user.Identity?.Name is { } name
                ? $"<!doctype html><title>Shop</title><p>Good day, {WebUtility.HtmlEncode(name)}. <a href=/chat/token>A token for the chat</a>.</p><form method=post action=/logout><button>Sign out</button></form>"
                : "<!doctype html><title>Shop</title><form method=post action=/login><input name=name><input name=password type=password><button>Sign in</button></form>",
            "text/html"));
        app.MapPost("/login", SignInAsync);
        app.MapPost("/logout", async (HttpContext context) =>
        {
            await context.SignOutAsync();
            return Results.LocalRedirect("/");
        });
    }

    /// <summary>Whoever knows the password that stands in the settings, as <c>Shop:People:alice</c>. In earnest: whatever the app signs its people in with.</summary>
    private static async Task<IResult> SignInAsync(HttpContext context, IConfiguration settings)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (name, password) = (form["name"].ToString(), form["password"].ToString());
        var isKnown = settings.GetSection("Shop:People")[name] is { Length: > 0 } expected && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(password));
        if (!isKnown) return Results.Text("Nobody of this name has this password.", statusCode: StatusCodes.Status403Forbidden);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(new ClaimsPrincipal(identity));
        return Results.LocalRedirect("/");
    }
}
