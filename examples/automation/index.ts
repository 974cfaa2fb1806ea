import { RotatingKalshiApiKey, type Scope } from "pulumi-kalshi";

const bots: Record<string, Scope[]> = {
    dashboard: ["read"],
    "market-maker": ["read", "write::trade"],
};

for (const [bot, scopes] of Object.entries(bots)) {
    new RotatingKalshiApiKey(bot, { scopes, keyType: "ed25519", rotationDays: 30, overlapDays: 2 });
}
