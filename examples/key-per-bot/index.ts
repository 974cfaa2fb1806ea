import * as pulumi from "@pulumi/pulumi";
import { KalshiApiKey, type Scope } from "pulumi-kalshi";

const bots: Record<string, Scope[]> = {
    dashboard: ["read"],
    "market-maker": ["read", "write::trade"],
    treasurer: ["read::portfolio_balance", "write::transfer"],
};

/** What a bot signs its requests with; the private keys in it are secrets. */
export const credentials = Object.entries(bots).map(([bot, scopes]) => {
    const { apiKeyId, privateKey } = new KalshiApiKey(bot, { scopes, keyType: "ed25519" });
    return pulumi.all({ bot, apiKeyId, privateKey });
});
