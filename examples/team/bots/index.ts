import * as pulumi from "@pulumi/pulumi";
import { Provider, RotatingApiKey, type ProviderArgs, type Scope } from "pulumi-kalshi";

// A stack for each bot, with its name.
const bot = pulumi.getStack();
const scopes = new pulumi.Config().requireObject<Scope[]>("scopes");

/** Creates the bot's key on an account. */
function keyOn(account: "prod" | "demo", options: pulumi.CustomResourceOptions = {}): RotatingApiKey {
    const stack = new pulumi.StackReference(`${pulumi.getOrganization()}/kalshi-accounts/${account}`);
    // A secret of the other stack stays a secret in this one.
    const output = (name: string) => stack.requireOutput(name) as pulumi.Output<string>;
    // An explicit provider for each account, because the default provider has the credentials of one account only.
    const credentials: ProviderArgs = {
        baseUrl: output("baseUrl"),
        apiKeyId: output("apiKeyId"),
        privateKey: output("privateKey"),
    };
    const provider = new Provider(account, credentials);
    const args = { namePrefix: bot, scopes, rotationDays: 30, overlapDays: 2 };
    return new RotatingApiKey(account, args, { ...options, provider });
}

const demo = keyOn("demo");
// Without this key the bot cannot close its positions. So `pulumi destroy` fails until somebody removes this option.
const prod = keyOn("prod", { protect: true });

export const demoApiKeyId = pulumi.unsecret(demo.current.apiKeyId);
export const demoPrivateKey = demo.current.privateKey;
export const prodApiKeyId = pulumi.unsecret(prod.current.apiKeyId);
export const prodPrivateKey = prod.current.privateKey;
