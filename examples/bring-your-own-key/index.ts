import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { KalshiApiKey } from "pulumi-kalshi";

// openssl genpkey -algorithm ed25519 -out private.pem && openssl pkey -in private.pem -pubout -out public.pem
// pulumi config set publicKeyPath public.pem
const path = new pulumi.Config().require("publicKeyPath");

// The account's API usage level has to be Premier or Market Maker.
const key = new KalshiApiKey("desk", { publicKey: readFileSync(path, "utf8"), scopes: ["read"] });

export const apiKeyId = key.apiKeyId;
export const fingerprint = key.fingerprint;
