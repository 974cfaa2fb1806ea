import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Pieces of a private key that give it away in whichever form it is printed or kept: as PEM, as its base64 without line
 * breaks, or escaped for JSON, a line of its base64 stays together. An RSA key's first lines hold the modulus, which is
 * public, so they are left out.
 */
export function pieces(pem: string): string[] {
    const lines = pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
    return lines.length === 1 ? lines : lines.slice(7, -1);
}

export function filesUnder(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
}

/** Where any of the secrets stands: the files below a folder, and what was printed. */
export function leaks(secrets: readonly string[], folder: string, printed: ReadonlyMap<string, string>): string[] {
    const found = secrets.flatMap(pieces);
    expect(found.length).toBeGreaterThanOrEqual(secrets.length);
    const places: [string, string][] = filesUnder(folder).map((file) => [file, readFileSync(file, "latin1")]);
    return [...places, ...printed]
        .filter(([, text]) => found.some((piece) => text.includes(piece)))
        .map(([place]) => place);
}
