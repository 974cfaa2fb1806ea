import { peer } from "./peer";

/** The measured programs, each with its name in the tables: those of the two providers, and the baselines. */
export const programs = {
    dynamic: "KalshiApiKey (dynamic)",
    plugin: "ApiKey (plugin)",
    idleDynamic: "idle dynamic provider",
    idlePlugin: "idle plugin",
    peer,
} as const;
export type ProgramName = keyof typeof programs;

/** Returns the programs that can be measured on this machine. */
export function programNames(hasPeer: boolean): ProgramName[] {
    return (Object.keys(programs) as ProgramName[]).filter((name) => name !== "peer" || hasPeer);
}

/** The baseline that shows what a resource of the same kind costs if its provider does nothing. */
export const idleOf: Partial<Record<ProgramName, ProgramName>> = { dynamic: "idleDynamic", plugin: "idlePlugin" };

/** A program that loads the same packages as the others and declares no resource. */
export const emptyProgram = `
    const pulumi = require("@pulumi/pulumi");
    const kalshi = require("pulumi-kalshi");
    const random = require("@pulumi/random");`;

/** Keys of Ed25519, because the emulator generates them fast. */
const key = `{ keyType: "ed25519", scopes: ["read"] }`;

/** For each program a class and the arguments of its resources. */
const resources: Readonly<Record<ProgramName, { readonly type: string; readonly args: string }>> = {
    dynamic: { type: "kalshi.KalshiApiKey", args: key },
    plugin: { type: "kalshi.ApiKey", args: key },
    idleDynamic: {
        type: `class extends pulumi.dynamic.Resource {
            constructor(name, props) { super(provider, name, props); }
        }`,
        args: key,
    },
    idlePlugin: {
        type: `class extends pulumi.CustomResource {
            constructor(name, props) { super("idle:index:Idle", name, props); }
        }`,
        args: key,
    },
    peer: { type: "random.RandomId", args: "{ byteLength: 8 }" },
};

/** Returns a program that declares a number of resources. */
export function programOf(name: ProgramName, count: number): string {
    const { type, args } = resources[name];
    return `${emptyProgram}
    const provider = { create: async (inputs) => ({ id: "idle", outs: inputs }), diff: async () => ({ changes: false }) };
    const Resource = ${type};
    for (let i = 0; i < ${count}; i++) new Resource("bot-" + i, ${args});`;
}
