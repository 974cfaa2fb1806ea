import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the folder in which Pulumi keeps the user's files. Source: sdk/go/common/workspace, GetPulumiHomeDir. */
export function pulumiHome({ PULUMI_HOME: home = "" }: Environment): string {
    return home === "" ? join(homedir(), ".pulumi") : home;
}

const projectFiles = ["Pulumi.json", "Pulumi.yaml", "Pulumi.yml"];

/**
 * Returns the file of the Pulumi project that a folder belongs to. A program may run in a folder below its project file (`main`).
 *
 * Source: sdk/go/common/workspace, DetectProjectPathFrom.
 */
export function projectFileOf(folder: string): string | undefined {
    const file = projectFiles.map((name) => join(folder, name)).find((path) => existsSync(path));
    const parent = dirname(folder);
    return file ?? (parent === folder ? undefined : projectFileOf(parent));
}

/** The parts of a URN, `urn:pulumi:STACK::PROJECT::TYPES::NAME`. Source: pulumi.com, docs/iac/concepts/resources/names. */
export interface Urn {
    readonly stack: string;
    readonly project: string;
    /** The type token, without those of its parents. */
    readonly type: string;
    /** The resource's name in the program, which may contain `::`. */
    readonly name: string;
}

/** Returns the parts of a URN. A part that the text lacks is empty. */
export function parseUrn(urn: string): Urn {
    const [stack = "", project = "", types = "", ...name] = urn.replace(/^urn:pulumi:/, "").split("::");
    return { stack, project, type: types.split("$").at(-1) ?? "", name: name.join("::") };
}
