using Microsoft.EntityFrameworkCore;

namespace Parley.Peers;

internal sealed class ChatContext(DbContextOptions<ChatContext> options) : DbContext(options)
{
    public DbSet<Message> Messages => Set<Message>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.Entity<Message>().HasIndex(message => new { message.Receiver, message.Id });
}

internal sealed class Message
{
    public long Id { get; set; }

    public required string Sender { get; set; }

    public required string Receiver { get; set; }

    public required string Text { get; set; }

    public DateTimeOffset At { get; set; }
}
