import { KalshiApiKey } from "pulumi-kalshi";

// This program and its stack name no credentials. The environment of environment.yaml contains those of the provider.
const key = new KalshiApiKey("dashboard", { scopes: ["read"], keyType: "ed25519", rotationDays: 30 });

export const apiKeyId = key.apiKeyId;
export const privateKey = key.privateKey;
