import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { unzipSync } from "fflate";
import { list } from "tar";

/** A file in an archive. */
export interface Entry {
    readonly content: Buffer;
    /** Whether its mode says so. In a zip file, no file is. */
    readonly isExecutable: boolean;
}

const tarFile = /\.(tgz|tar\.gz)$/;
/** A wheel and a jar are zip files. */
const zipFile = /\.(zip|whl|jar)$/;

export function isArchive(file: string): boolean {
    return tarFile.test(file) || zipFile.test(file);
}

/** Returns the files in an archive, and those in archives in it, by path. A missing archive has none. */
export async function entriesOf(file: string): Promise<ReadonlyMap<string, Entry>> {
    if (!existsSync(file)) {
        return new Map();
    }
    return tarFile.test(file) ? tarEntries(file) : new Map(zipEntries(await readFile(file)));
}

async function tarEntries(file: string): Promise<Map<string, Entry>> {
    const entries: Promise<[string, Entry]>[] = [];
    await list({
        file,
        onReadEntry: (entry) => {
            const isExecutable = ((entry.mode ?? 0) & 0o111) !== 0;
            entries.push(entry.concat().then((content) => [entry.path, { content, isExecutable }]));
        },
    });
    return new Map(await Promise.all(entries));
}

function zipEntries(archive: Uint8Array): [string, Entry][] {
    return Object.entries(unzipSync(archive)).flatMap(([path, content]) => {
        const entry: [string, Entry] = [path, { content: Buffer.from(content), isExecutable: false }];
        return [entry, ...(zipFile.test(path) ? zipEntries(content) : [])];
    });
}
