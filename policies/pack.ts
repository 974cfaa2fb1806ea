// The engine loads the pack's folder, so this is `main` in package.json. Programs that import the package get policies.ts, because the SDK
// serves a pack as soon as it is created.
import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies";

new PolicyPack("kalshi-policies", {
    displayName: "Kalshi API keys",
    description: "Rotation, scopes, names, key types and protection of Kalshi API keys.",
    policies: [...policies],
});
