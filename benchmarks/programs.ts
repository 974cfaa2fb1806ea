/** The two providers: the dynamic provider and the resource plugin. */
export const providers = ["dynamic", "plugin"] as const;
export type ProviderKind = (typeof providers)[number];

/** A program that loads the same packages as the others and declares no resource. */
export const emptyProgram = `require("@pulumi/pulumi"); require("pulumi-kalshi");`;

/** Returns a program that declares keys. They are Ed25519 keys, which the emulator generates fast. */
export function keysProgram(provider: ProviderKind, keys: number): string {
    const type = { dynamic: "KalshiApiKey", plugin: "ApiKey" }[provider];
    return `
        const { ${type} } = require("pulumi-kalshi");
        for (let i = 0; i < ${keys}; i++) new ${type}("bot-" + i, { keyType: "ed25519", scopes: ["read"] });`;
}

/** Returns a program that declares resources of a provider of the same kind that does nothing. */
export function idleProgram(provider: ProviderKind, resources: number): string {
    return `
        const pulumi = require("@pulumi/pulumi");
        require("pulumi-kalshi");
        const provider = { create: async (inputs) => ({ id: "idle", outs: inputs }), diff: async () => ({ changes: false }) };
        const types = {
            dynamic: class extends pulumi.dynamic.Resource {
                constructor(name, props) { super(provider, name, props); }
            },
            plugin: class extends pulumi.CustomResource {
                constructor(name, props) { super("idle:index:Idle", name, props); }
            },
        };
        for (let i = 0; i < ${resources}; i++) new types.${provider}("idle-" + i, { keyType: "ed25519", scopes: ["read"] });`;
}
