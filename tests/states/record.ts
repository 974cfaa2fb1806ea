import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, clientOf, emulatorWith } from "../support/harness";
import { dynamicProvider } from "../support/project";

const { createProject } = dynamicProvider;

/** Stands in a recorded state for the base URL of the emulator that it was recorded against. */
export const baseUrlMark = "{{base URL}}";

/** The folder of a release's recorded state. */
export const folderOf = (release: string) => join(__dirname, release);

/**
 * Records the state that this version writes: `tests/states/RELEASE/index.js` is its program, `state.json` the exported
 * stack, `keys.json` the emulator's account. Private keys and what tells of this machine are taken out.
 */
export async function record(release: string): Promise<void> {
    try {
        const folder = folderOf(release);
        mkdirSync(folder, { recursive: true });
        const emulator = await emulatorWith();
        const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"] });
        const project = await createProject(emulator, "");
        cpSync(join(folder, "index.js"), join(project.stack.options.project, "index.js"));
        Object.assign(project.stack.env, { ADOPT: apiKeyId });
        await project.stack.must("up", "--yes", "--skip-preview");
        const state = await project.stack.must("stack", "export", "--show-secrets");
        writeFileSync(join(folder, "state.json"), scrubbed(state).replaceAll(emulator.baseUrl, baseUrlMark));
        cpSync(join(emulator.rootKeyPath, "..", "keys.json"), join(folder, "keys.json"));
        const leaks = readFileSync(join(folder, "state.json"), "utf8").includes("PRIVATE KEY");
        if (leaks) {
            throw new Error("the recorded state still holds a private key");
        }
    } finally {
        await cleanUp();
    }
}

function scrubbed(state: string): string {
    const untold = new Set(["sourcePosition", "stackTrace", "created", "modified"]);
    const kept = JSON.parse(state, (name, value: unknown) =>
        untold.has(name) ? undefined : name === "plaintext" ? JSON.stringify("a private key was here") : value,
    ) as unknown;
    return `${JSON.stringify(kept, undefined, 2)}\n`;
}
