import * as pulumi from "@pulumi/pulumi";
import { RandomPet, RandomUuid } from "@pulumi/random";
import { KalshiApiKey } from "pulumi-kalshi";

// After each incident: pulumi config set incident 2026-11-24
const incident = new pulumi.Config().require("incident");

// Other secrets can use this UUID too, so that one incident rotates all of them. A preview knows the UUID until `incident`
// changes. After a change it does not know the new UUID, but already shows the replacement of the key.
const rotation = new RandomUuid("rotation", { keepers: { incident } });

// The pet has no keepers, so the key's prefix survives a rotation. Each stack has its own pet, so their keys have different prefixes.
const pet = new RandomPet("bot");

const key = new KalshiApiKey("bot", {
    namePrefix: pet.id,
    scopes: ["read", "write::trade"],
    keyType: "ed25519",
    rotationTriggers: { incident: rotation.result },
});

export const apiKeyId = key.apiKeyId;
export const name = key.name;
export const privateKey = key.privateKey;
