/** How a key comes into a program: as a dynamic resource, or as one of the provider plugin. */
export const doors = ["dynamic", "plugin"] as const;
export type Door = (typeof doors)[number];

/** Loads what the others load, and declares nothing. */
export const emptyProgram = `require("@pulumi/pulumi"); require("pulumi-kalshi");`;

/** Keys whose pairs the emulator makes in no time. */
export function keysProgram(door: Door, keys: number): string {
    const type = { dynamic: "KalshiApiKey", plugin: "ApiKey" }[door];
    return `
        const { ${type} } = require("pulumi-kalshi");
        for (let i = 0; i < ${keys}; i++) new ${type}("bot-" + i, { keyType: "ed25519", scopes: ["read"] });`;
}

/** As many resources, through the same door, that do nothing. */
export function idleProgram(door: Door, resources: number): string {
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
        for (let i = 0; i < ${resources}; i++) new types.${door}("idle-" + i, { keyType: "ed25519", scopes: ["read"] });`;
}
