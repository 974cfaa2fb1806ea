using System.Collections.Generic;
using Pulumi;
using Kalshi = OwnerExample.Kalshi;

return await Deployment.RunAsync(() =>
{
    var bots = new Dictionary<string, Union<string, Kalshi.Scope>[]>
    {
        ["dashboard"] = new Union<string, Kalshi.Scope>[] { "read" },
        ["market-maker"] = new Union<string, Kalshi.Scope>[] { "read", Kalshi.Scope.WriteTrade },
        ["treasurer"] = new Union<string, Kalshi.Scope>[] { "read::portfolio_balance", "write::transfer" },
    };
    // The credentials with which each bot signs its requests. The private keys are secrets.
    var credentials = new Dictionary<string, object?>();
    foreach (var (bot, scopes) in bots)
    {
        var key = new Kalshi.ApiKey(bot, new()
        {
            Scopes = scopes,
            KeyType = Kalshi.KeyType.Ed25519,
            RotationTriggers = { ["incident"] = 0 },
        });
        credentials[$"{bot}-id"] = key.ApiKeyId;
        credentials[$"{bot}-private-key"] = key.PrivateKey;
    }
    return credentials;
});
