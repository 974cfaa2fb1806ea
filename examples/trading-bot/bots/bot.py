"""A bot that signs with the key in its environment. Start it by run.sh, which reads that key from the stack's outputs."""

import os
import sys
import time

from kalshi_python_sync import ApiClient, ApiException, ApiKeysApi, Configuration, KalshiAuth, UnauthorizedException
from urllib3.exceptions import HTTPError

# Shorter than the key's overlap, so that the bot has the new key before the old one is revoked.
seconds_between_reads = float(os.environ.get("BOT_SECONDS_BETWEEN_READS", 3600))

api_key = os.environ["BOT_API_KEY_ID"]
client = ApiClient(Configuration(host=os.environ["BOT_BASE_URL"]))
# Not by `client.set_kalshi_auth`: in version 3.2.0 it fails, because its module does not import KalshiAuth.
client.kalshi_auth = KalshiAuth(api_key, os.environ["BOT_PRIVATE_KEY"])
kalshi = ApiKeysApi(client)

read_at = time.monotonic()
refused = False
while not refused and time.monotonic() - read_at < seconds_between_reads:
    try:
        # In a real bot: orders and positions.
        keys = kalshi.get_api_keys().api_keys
        print(f"signed with {api_key}: the account has {len(keys)} keys", flush=True)
    except (ApiException, HTTPError) as error:
        print(f"signed with {api_key}: {error}", file=sys.stderr, flush=True)
        # Only without an overlap: after `revokeNow`, or if somebody revoked the key on Kalshi's web page.
        refused = isinstance(error, UnauthorizedException)
    time.sleep(0.5)

# Nobody can change the environment of a running process. So run.sh reads the outputs and replaces this process by a new bot.
run = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.sh")
os.execv(run, [run])
