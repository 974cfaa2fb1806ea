import pulumi
import pulumi_kalshi as kalshi

# A key for a bot that reads the market and trades, but cannot transfer money. A changed input replaces the key.
# All inputs, rotation and imports: https://github.com/owner.example/pulumi-kalshi#readme
key = kalshi.ApiKey("market-maker", scopes=["read", kalshi.Scope.WRITE_TRADE])

pulumi.export("apiKeyId", key.api_key_id)
# A secret: `pulumi stack output privateKey --show-secrets` prints it.
pulumi.export("privateKey", key.private_key)
