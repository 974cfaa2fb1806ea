import { KalshiApiKey } from "pulumi-kalshi";

// A key for a bot that reads the market and trades, but cannot transfer money.
const key = new KalshiApiKey("market-maker", { scopes: ["read", "write::trade"] });

export const apiKeyId = key.apiKeyId;
export const name = key.name;
// A secret: `pulumi stack output privateKey --show-secrets` prints it.
export const privateKey = key.privateKey;
