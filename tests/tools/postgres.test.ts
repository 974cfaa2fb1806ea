import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPostgres } from "../../tools/postgres";
import { cleanUp, scratchFolder } from "../support/harness";

afterEach(cleanUp);
afterEach(() => jest.restoreAllMocks());

const path = process.env["PATH"];

beforeEach(() => {
    process.env["PATH"] = "";
    // As root, PostgreSQL needs another user, which not every machine has.
    jest.spyOn(process, "getuid").mockReturnValue(1000);
});

afterEach(() => {
    process.env["PATH"] = path;
});

function putPostgres(bin: string, programs = ["initdb", "postgres"]): string {
    mkdirSync(bin, { recursive: true });
    for (const program of programs) {
        writeFileSync(join(bin, program), "");
        chmodSync(join(bin, program), 0o755);
    }
    return bin;
}

test("finds the highest version of Debian's complete installations", async () => {
    const folder = await scratchFolder();
    putPostgres(join(folder, "9", "bin"));
    const newest = putPostgres(join(folder, "15", "bin"));
    putPostgres(join(folder, "17", "bin"), ["initdb"]);
    expect(findPostgres(folder)).toEqual({ bin: newest });
});

test("prefers the installation on PATH", async () => {
    const folder = await scratchFolder();
    putPostgres(join(folder, "15", "bin"));
    process.env["PATH"] = putPostgres(await scratchFolder());
    expect(findPostgres(folder)).toEqual({ bin: process.env["PATH"] });
});

test("says what to install if there is none", async () => {
    expect(() => findPostgres("/no/such/folder")).toThrow("install Debian's package postgresql");
});
