import * as pulumi from "@pulumi/pulumi";
import { RotatingKalshiApiKey } from "pulumi-kalshi";

// The type of the key pair is RSA, the default, because Kalshi's own clients cannot load an Ed25519 key.
const key = new RotatingKalshiApiKey("trading-bot", {
    scopes: ["read", "write::trade"],
    rotationDays: 30,
    // After a rotation the old key stays valid for two days. The bots read the outputs every hour, so no call is refused.
    overlapDays: 2,
    // To rotate now: pulumi config set incident 2026-11-28, and pulumi up.
    rotationTriggers: { incident: new pulumi.Config().get("incident") ?? "" },
});

const baseUrls: Record<string, string> = {
    prod: "https://external-api.kalshi.com/trade-api/v2",
    demo: "https://external-api.demo.kalshi.co/trade-api/v2",
};

// `pulumi stack output --shell` prints an output as NAME=value. Each is a string: an object would be printed as one variable with JSON.
// The names do not begin with KALSHI_, because the provider reads its own credentials from such variables.
export const BOT_BASE_URL = key.environment.apply((environment) => baseUrls[environment] ?? environment);
export const BOT_API_KEY_ID = pulumi.unsecret(key.current.apiKeyId);
export const BOT_PRIVATE_KEY = key.current.privateKey;
