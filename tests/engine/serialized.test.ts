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
    /** Every existing state contains one of these texts, so each changes only on purpose, together with its file. */
    const [text, rotatingText] = ["shim.txt", "rotatingShim.txt"].map((name) =>
        readFileSync(join(__dirname, name), "utf8"),
    );

    const providersOf = async ({ stack }: TestProject) => {
        const resources = await stack.resources();
        return resources.flatMap(({ inputs, outputs: outs }) => [inputs?.["__provider"], outs?.["__provider"]]);
    };
    const three = `
        new Key("one", { keyType: "ed25519" });
        new Key("two", { scopes: ["read"] });
        new RotatingKey("three", { rotationDays: 30 });`;
    const expected = [text, text, text, text, rotatingText, rotatingText].sort();

    test("is one short text for every resource if the package is linked", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, three);
        await project.stack.must(...up);
        expect((await providersOf(project)).sort()).toEqual(expected);
        expect(`${text}${rotatingText}`.length).toBeLessThan(200);
        expect(`${text}${rotatingText}`).not.toContain(root);
    });

    test("is the same if the package is installed", async () => {
        const emulator = await emulatorWith();
        const project = await createProjectWithEnvironment(three, environmentOf(emulator), {
            packages: await installed(),
        });
        await project.stack.must(...up);
        expect((await providersOf(project)).sort()).toEqual(expected);
        expect(await accountKeys(emulator)).toHaveLength(3);
    });
});

/** Creates a node_modules folder with a copy of the packed package instead of a link. */
async function installed(): Promise<string> {
    const folder = await scratchFolder();
    const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
    const tarball = await mustRun("npm", args, { cwd: join(root, "provider") });
    return installedFrom(join(folder, tarball.trim()));
}
