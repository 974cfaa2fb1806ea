import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/paths";
import { accountKeys, cleanUp, emulatorWith, environmentOf, scratchFolder } from "../harness";
import { dynamicDoor, type TestProject } from "./project";

const { projectOn, projectWith } = dynamicDoor;
const up = ["up", "--yes", "--skip-preview"];

afterEach(cleanUp);

describe("what stands in the state as __provider", () => {
    /** The text is a contract with every state ever written: it changes only on purpose, together with this hash. */
    const text = readFileSync(join(__dirname, "provider.txt"), "utf8");

    const providersOf = async ({ stack }: TestProject) => {
        const resources = await stack.resources();
        return resources.flatMap(({ inputs, outputs: outs }) => [inputs?.["__provider"], outs?.["__provider"]]);
    };
    const two = `new Key("one", { keyType: "ed25519" }); new Key("two", { scopes: ["read"] });`;

    test("is one small text for every resource, when the package is linked", async () => {
        const emulator = await emulatorWith();
        const project = await projectOn(emulator, two);
        await project.stack.must(...up);
        expect(await providersOf(project)).toEqual([text, text, text, text]);
        expect(text.length).toBeLessThanOrEqual(2_500);
        expect(text).not.toContain(root);
    });

    test("is the same when the package is installed", async () => {
        const emulator = await emulatorWith();
        const project = await projectWith(two, environmentOf(emulator), await installed());
        await project.stack.must(...up);
        expect(await providersOf(project)).toEqual([text, text, text, text]);
        await project.stack.must("destroy", "--yes", "--skip-preview");
        expect(await accountKeys(emulator)).toEqual([]);
    });
});

/** A node_modules folder in which the packed package really lies, beside links to everything else. */
async function installed(): Promise<string> {
    const folder = await scratchFolder();
    const packages = join(folder, "node_modules");
    mkdirSync(packages);
    for (const name of readdirSync(join(root, "node_modules")).filter((name) => name !== "pulumi-kalshi")) {
        symlinkSync(join(root, "node_modules", name), join(packages, name));
    }
    execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], {
        cwd: join(root, "provider"),
    });
    const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    execFileSync("tar", ["-xzf", tarball ?? "", "--one-top-level=node_modules/pulumi-kalshi", "--strip-components=1"], {
        cwd: folder,
    });
    return packages;
}
