namespace Parley.Tests;

/// <summary>The database engines that Parley runs on.</summary>
public enum Engine
{
    Sqlite,
    Postgres,
}
