import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFile } from "../../provider/src/cli/files";
import { cleanUp, scratchFolder } from "../support/harness";

afterEach(cleanUp);

/** The number of a user without privileges. */
const nobody = 65534;

test("creates a file like one that its owner can only read", async () => {
    const folder = await scratchFolder();
    const [old, file] = [join(folder, "key.pem"), join(folder, "key.pem.new")];
    writeFileSync(old, "old");
    chmodSync(old, 0o400);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) {
        // Permissions do not apply to root.
        [folder, old].forEach((path) => chownSync(path, nobody, 0));
        process.seteuid?.(nobody);
    }
    try {
        createFile(file, "new", old);
        expect(readFileSync(file, "utf8")).toBe("new");
        expect(statSync(file).mode & 0o777).toBe(0o400);
    } finally {
        if (isRoot) {
            process.seteuid?.(0);
        }
    }
});
