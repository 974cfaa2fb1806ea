import * as pulumi from "@pulumi/pulumi";
import { KalshiApiKey, type Scope } from "pulumi-kalshi";

const bots: Record<string, Scope[]> = {
    dashboard: ["read"],
    "market-maker": ["read", "write::trade"],
    treasurer: ["read::portfolio_balance", "write::transfer"],
};

/** The credentials with which each bot signs its requests. The private keys are secrets. */
export const credentials = Object.entries(bots).map(([bot, scopes]) => {
    const { apiKeyId, privateKey } = new KalshiApiKey(bot, { scopes, keyType: "ed25519" });
    return pulumi.all({ bot, apiKeyId, privateKey });
});
