import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/paths";
import { mustRun } from "../../tools/processes";
import { accountKeys, cleanUp, emulatorWith, environmentOf, scratchFolder } from "../support/harness";
import { installedFrom } from "./packaging";
import { dynamicProvider, type TestProject } from "../support/project";

const { createProject, createProjectWithEnvironment } = dynamicProvider;
const up = ["up", "--yes", "--skip-preview"];

afterEach(cleanUp);

describe("__provider in the state", () => {
    /** Every existing state contains this text, so it changes only on purpose, together with this file. */
    const text = readFileSync(join(__dirname, "shim.txt"), "utf8");

    const providersOf = async ({ stack }: TestProject) => {
        const resources = await stack.resources();
        return resources.flatMap(({ inputs, outputs: outs }) => [inputs?.["__provider"], outs?.["__provider"]]);
    };
    const two = `new Key("one", { keyType: "ed25519" }); new Key("two", { scopes: ["read"] });`;

    test("is one short text for every resource if the package is linked", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, two);
        await project.stack.must(...up);
        expect(await providersOf(project)).toEqual([text, text, text, text]);
        expect(text.length).toBeLessThan(100);
        expect(text).not.toContain(root);
    });

    test("is the same if the package is installed", async () => {
        const emulator = await emulatorWith();
        const project = await createProjectWithEnvironment(two, environmentOf(emulator), {
            packages: await installed(),
        });
        await project.stack.must(...up);
        expect(await providersOf(project)).toEqual([text, text, text, text]);
        expect(await accountKeys(emulator)).toHaveLength(2);
    });
});

/** Creates a node_modules folder with a copy of the packed package instead of a link. */
async function installed(): Promise<string> {
    const folder = await scratchFolder();
    const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
    const tarball = await mustRun("npm", args, { cwd: join(root, "provider") });
    return installedFrom(join(folder, tarball.trim()));
}
