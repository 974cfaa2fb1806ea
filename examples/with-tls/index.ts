import * as pulumi from "@pulumi/pulumi";
import { PrivateKey } from "@pulumi/tls";
import { KalshiApiKey } from "pulumi-kalshi";

// After each incident: pulumi config set incident 2026-11-24
const incident = new pulumi.Config().require("incident");

// Another incident replaces the key pair. Its new public key replaces the API key.
const pair = new PrivateKey("bot", { algorithm: "ED25519" }, { replacementTrigger: incident });

// The account's API usage level has to be Premier or Market Maker.
const key = new KalshiApiKey("bot", { publicKey: pair.publicKeyPem, scopes: ["read", "write::trade"] });

export const apiKeyId = key.apiKeyId;
export const privateKey = pair.privateKeyPemPkcs8;
