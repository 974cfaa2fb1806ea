"""Calls the emulator with Kalshi's Python client, and prints the result of each call as a JSON line.

usage: clients.py BASE_URL KEY_ID PEM_FILE OWN_PUBLIC_KEY_FILE
"""

import json
import sys

import kalshi_python
from kalshi_python.rest import ApiException


def client(base_url, key_id, pem):
    configuration = kalshi_python.Configuration(host=base_url)
    configuration.api_key_id = key_id
    configuration.private_key_pem = pem
    return kalshi_python.KalshiClient(configuration)


def attempt(step, call, shown=lambda outcome: outcome):
    try:
        outcome = call()
        print(json.dumps({"step": step, "ok": shown(outcome)}), flush=True)
        return outcome
    except ApiException as error:
        print(json.dumps({"step": step, "error": type(error).__name__, "status": error.status, "body": error.body}), flush=True)
        return None


base_url, key_id, pem_file, own_public_key_file = sys.argv[1:]
with open(pem_file) as file:
    kalshi = client(base_url, key_id, file.read())
with open(own_public_key_file) as file:
    public_key = file.read()


no_key = "0d7d9d5e-6a8f-4c7e-9d8e-111111111111"


def ids(of):
    return sorted(key.api_key_id for key in of.get_api_keys().api_keys)


generated = attempt("generate", lambda: kalshi.generate_api_key(name="python generated"), lambda key: key.api_key_id)
own = client(base_url, generated.api_key_id, generated.private_key)
attempt("list with the generated key", lambda: ids(own))
created = attempt("create", lambda: kalshi.create_api_key(name="python created", public_key=public_key).api_key_id)
attempt("list", lambda: ids(kalshi))
attempt("delete generated", lambda: kalshi.delete_api_key(generated.api_key_id))
attempt("delete created", lambda: kalshi.delete_api_key(created or no_key))
attempt("list after", lambda: ids(kalshi))
attempt("delete a key that is not there", lambda: kalshi.delete_api_key(no_key))
attempt("delete no id", lambda: kalshi.delete_api_key("abc"))
attempt("create broken", lambda: kalshi.create_api_key(name="broken", public_key="x"))
attempt("generate without a name", lambda: kalshi.generate_api_key(name=""))
attempt("with a revoked key", lambda: ids(own))
