import pulumi
import pulumi_kalshi as kalshi

bots = {
    "dashboard": ["read"],
    "market-maker": ["read", kalshi.Scope.WRITE_TRADE],
    "treasurer": ["read::portfolio_balance", "write::transfer"],
}

# The credentials with which each bot signs its requests. The private keys are secrets.
credentials = {}
for bot, scopes in bots.items():
    key = kalshi.ApiKey(bot, scopes=scopes, key_type=kalshi.KeyType.ED25519, rotation_triggers={"incident": 0})
    credentials[bot] = {"apiKeyId": key.api_key_id, "privateKey": key.private_key}

pulumi.export("credentials", credentials)
