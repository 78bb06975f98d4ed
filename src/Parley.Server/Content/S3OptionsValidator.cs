using Microsoft.Extensions.Options;

namespace Parley.Content;

/// <summary>Checks that a bucket is named where content is to be kept in one, and that a key is whole.</summary>
internal sealed class S3OptionsValidator : IValidateOptions<ContentOptions>
{
    public ValidateOptionsResult Validate(string? name, ContentOptions options)
    {
        if (options.Store != ContentStoreKind.S3) return ValidateOptionsResult.Success;
        if (options.S3.Bucket.Length == 0) return ValidateOptionsResult.Fail($"{ContentOptions.Section}:S3:Bucket has no value: name the bucket that content is kept in.");
        return options.S3.AccessKey is null == options.S3.SecretKey is null
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{ContentOptions.Section}:S3:AccessKey and SecretKey belong together: give both, or neither.");
    }
}
