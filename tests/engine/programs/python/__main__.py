import os

import pulumi
import pulumi_kalshi as kalshi

account = kalshi.Provider(
    "account",
    base_url=os.environ["ROOT_URL"],
    api_key_id=os.environ["ROOT_ID"],
    private_key=os.environ["ROOT_KEY"],
)
with_account = pulumi.ResourceOptions(provider=account)
bot = kalshi.ApiKey(
    "bot", scopes=["read", kalshi.Scope.WRITE_TRADE], key_type=kalshi.KeyType.ED25519, opts=with_account
)
cached = kalshi.RotatingApiKey("cached", rotation_days=30, overlap_days=2, key_type=kalshi.KeyType.ED25519)
imported = kalshi.ApiKey(
    "imported", name="by hand", scopes=["read"], opts=pulumi.ResourceOptions(import_=os.environ["IMPORT_ID"])
)
listed = kalshi.get_api_keys_output(
    name_prefix="bot-", opts=pulumi.InvokeOutputOptions(provider=account, depends_on=[bot])
)
found = kalshi.get_api_key_output(api_key_id=bot.api_key_id, opts=pulumi.InvokeOptions(provider=account))

pulumi.export("apiKeyId", bot.api_key_id)
pulumi.export("privateKey", bot.private_key)
pulumi.export("name", bot.name)
pulumi.export("currentPrivateKey", cached.current.private_key)
pulumi.export("importedId", imported.api_key_id)
pulumi.export("listedIds", listed.api_keys.apply(lambda keys: [key.api_key_id for key in keys]))
pulumi.export("foundName", found.name)
