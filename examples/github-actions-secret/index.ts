import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { RotatingKalshiApiKey } from "pulumi-kalshi";

// pulumi config set repository my-bot
const repository = new pulumi.Config().require("repository");

// GitHub reads the secrets when a job starts. A job that runs during a rotation keeps a valid key for one more day.
const { current } = new RotatingKalshiApiKey("ci", { scopes: ["read"], rotationDays: 30, overlapDays: 1 });

new github.ActionsSecret("api-key-id", { repository, secretName: "KALSHI_API_KEY_ID", value: current.apiKeyId });
new github.ActionsSecret("private-key", { repository, secretName: "KALSHI_PRIVATE_KEY", value: current.privateKey });
