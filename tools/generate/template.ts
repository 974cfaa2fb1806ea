import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Returns the text of a template in this folder.
 *
 * @param values the texts that replace `{{name}}`, by name
 */
export function fromTemplate(file: string, values: Readonly<Record<string, string>>): string {
    const text = readFileSync(join(__dirname, file), "utf8");
    return Object.entries(values).reduce((done, [name, value]) => done.replaceAll(`{{${name}}}`, () => value), text);
}
