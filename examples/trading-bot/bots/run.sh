#!/usr/bin/env bash
# Starts the Python bot with the stack's outputs as environment variables.
cd "$(dirname "$0")/.." || exit
set -a # exports the variables
# If the outputs cannot be read now, the bot continues with its variables: its key is still valid during the overlap.
outputs=$(pulumi stack output --shell --show-secrets) && eval "$outputs"
exec python3 bots/bot.py
