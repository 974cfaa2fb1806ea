import { KalshiApiKey } from "pulumi-kalshi";

// A key for a bot that reads the market and trades, but cannot transfer money. A changed input replaces the key.
// All inputs, rotation and imports: https://github.com/owner.example/pulumi-kalshi#readme
const key = new KalshiApiKey("market-maker", { scopes: ["read", "write::trade"] });

export const apiKeyId = key.apiKeyId;
// A secret: `pulumi stack output privateKey --show-secrets` prints it.
export const privateKey = key.privateKey;
