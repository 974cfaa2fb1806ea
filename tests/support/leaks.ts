import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gunzipSync } from "node:zlib";

/**
 * Returns pieces of a private key that every encoding of it contains. PEM, base64 without line breaks and JSON all keep
 * the characters of one base64 line together. The first lines of an RSA key hold its public modulus, so they are left
 * out.
 */
export function pieces(pem: string): string[] {
    const lines = pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
    return lines.length === 1 ? lines : lines.slice(7, -1);
}

/** Returns the files below a folder, without those behind a link, such as a project's node_modules with half a gigabyte. */
export function filesUnder(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? filesUnder(path) : entry.isFile() ? [path] : [];
    });
}

/** Returns a file's text. The engine compresses its logs, and encrypts those of a stack. */
function textOf(file: string): string {
    const content = readFileSync(file);
    const isCompressed = content.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]));
    // The log of a killed engine is cut off.
    return (isCompressed ? gunzipSync(content, { finishFlush: constants.Z_SYNC_FLUSH }) : content).toString("latin1");
}

/** Returns the files below a folder and the titles of outputs that contain one of the secrets. */
export function leaks(secrets: readonly string[], folder: string, printed: ReadonlyMap<string, string>): string[] {
    const found = secrets.flatMap(pieces);
    expect(found.length).toBeGreaterThanOrEqual(secrets.length);
    const places: [string, string][] = filesUnder(folder).map((file) => [file, textOf(file)]);
    return [...places, ...printed]
        .filter(([, text]) => found.some((piece) => text.includes(piece)))
        .map(([place]) => place);
}
