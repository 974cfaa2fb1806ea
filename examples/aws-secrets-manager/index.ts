import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { RotatingKalshiApiKey } from "pulumi-kalshi";

// A bot that reads the secret at least once in two days never holds a revoked key.
const { current } = new RotatingKalshiApiKey("bot", {
    scopes: ["read", "write::trade"],
    rotationDays: 30,
    overlapDays: 2,
});

const secret = new aws.secretsmanager.Secret("kalshi-bot");
new aws.secretsmanager.SecretVersion("kalshi-bot", {
    secretId: secret.id,
    // One JSON document, so that a bot never reads the id of one key and the private key of another.
    secretString: pulumi.jsonStringify({ apiKeyId: current.apiKeyId, privateKey: current.privateKey }),
});

export const secretArn = secret.arn;
