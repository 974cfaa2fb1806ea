import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { KalshiApiKey } from "pulumi-kalshi";

// After each incident: pulumi config set incident 2026-11-24
const incident = new pulumi.Config().require("incident");

// KMS generates the key pair and keeps the private key. Another incident replaces the key pair, and so the API key.
const pair = new aws.kms.Key(
    "kalshi-bot",
    { keyUsage: "SIGN_VERIFY", customerMasterKeySpec: "RSA_2048" },
    { replacementTrigger: incident },
);

// The account's API usage level has to be Premier or Market Maker.
const key = new KalshiApiKey("bot", {
    publicKey: aws.kms.getPublicKeyOutput({ keyId: pair.keyId }).publicKeyPem,
    scopes: ["read", "write::trade"],
});

// What sign.ts needs. Neither is a secret.
export const apiKeyId = key.apiKeyId;
export const kmsKeyId = pair.keyId;
