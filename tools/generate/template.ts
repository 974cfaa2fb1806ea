import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fillTemplate } from "../template";

/**
 * Returns the text of a template in this folder.
 *
 * @param values the texts that replace `{{name}}`, by name
 */
export function fromTemplate(file: string, values: Readonly<Record<string, string>>): string {
    return fillTemplate(readFileSync(join(__dirname, file), "utf8"), values);
}
