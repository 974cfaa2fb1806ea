import * as pulumi from "@pulumi/pulumi";
import { RotatingApiKey } from "pulumi-kalshi";

// A stack for each account, `prod` and `demo`. It signs with the account's own credentials, so no bot's stack needs them.
const deployer = new RotatingApiKey(
    "deployer",
    {
        // The scopes that a key needs to manage keys.
        scopes: ["read", "write"],
        rotationDays: 90,
        // The stacks of the bots store these credentials. Each has a week for a `pulumi up`, which stores the new ones.
        overlapDays: 7,
    },
    {
        // Without this key the bots' stacks cannot revoke their keys. So `pulumi destroy` fails until somebody removes this option.
        protect: true,
        // If somebody removes the resource nevertheless, the key stays valid at Kalshi. README.md says how to revoke it then.
        retainOnDelete: true,
        // Neither option delays a rotation, which updates a RotatingApiKey in place. An ApiKey would be replaced: `protect` would
        // refuse that, and `retainOnDelete` would leave each old key valid.
    },
);

const baseUrls: Record<string, string> = {
    prod: "https://external-api.kalshi.com/trade-api/v2",
    demo: "https://external-api.demo.kalshi.co/trade-api/v2",
};

// What the bots' stacks read.
export const baseUrl = deployer.environment.apply((environment) => baseUrls[environment] ?? environment);
export const apiKeyId = pulumi.unsecret(deployer.current.apiKeyId);
export const privateKey = deployer.current.privateKey;
