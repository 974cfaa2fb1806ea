import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readPrivateKeyFile } from "../../provider/src/config";
import { findPrivateKeyFiles, privateKeyForImport } from "../../provider/src/importKeys";
import { cleanUp, ownKeyPair, scratchFolder } from "../support/harness";

afterEach(cleanUp);

const id = "7ab1e452-1645-4ba0-9e85-a31a93a14e29";
const other = "41ffb368-8561-463a-a76c-33d77c2d1f9c";

/** Creates a folder with the private key of `id`, and maps beside it. */
async function privateKeys() {
    const { privateKey } = ownKeyPair("ed25519");
    const scratch = await scratchFolder();
    const folder = join(scratch, "keys");
    mkdirSync(folder);
    const file = join(folder, `${id.toUpperCase()}.PEM`);
    writeFileSync(file, privateKey);
    const writeMap = (map: unknown) => {
        const path = join(scratch, "map.json");
        writeFileSync(path, typeof map === "string" ? map : JSON.stringify(map));
        return path;
    };
    return { folder, file, privateKey, writeMap };
}

describe("findPrivateKeyFiles", () => {
    test("finds the PEM files of a folder by their ids, and names the other files", async () => {
        const { folder, file } = await privateKeys();
        writeFileSync(join(folder, "README"), "");
        writeFileSync(join(folder, ".pem"), "");
        expect(findPrivateKeyFiles(folder)).toEqual({
            path: folder,
            files: new Map([[id, file]]),
            others: [".pem", "README"],
        });
    });

    test("finds the files of a map, relative to the map's folder", async () => {
        const { folder, file, writeMap } = await privateKeys();
        const path = writeMap({ [id.toUpperCase()]: `keys/${id.toUpperCase()}.PEM`, [other]: join(folder, "b") });
        const files = new Map([
            [id, file],
            [other, join(folder, "b")],
        ]);
        expect(findPrivateKeyFiles(path)).toEqual({ path, files, others: [] });
    });

    test("reads a map with a byte order mark", async () => {
        const { folder, file, writeMap } = await privateKeys();
        const path = writeMap(`\ufeff${JSON.stringify({ [id]: file })}`);
        expect(findPrivateKeyFiles(path).files).toEqual(new Map([[id, join(folder, `${id.toUpperCase()}.PEM`)]]));
    });

    test("takes long paths of letters and slashes for paths if they exist", async () => {
        const { privateKey, writeMap } = await privateKeys();
        const scratch = await scratchFolder();
        const relative = "letters/and/slashes/only/like/the/base64/text/of/a/private/key";
        mkdirSync(join(scratch, relative), { recursive: true });
        writeFileSync(join(scratch, relative, "file"), privateKey);
        const before = process.cwd();
        process.chdir(scratch);
        try {
            expect(findPrivateKeyFiles(relative).others).toEqual(["file"]);
            expect(readPrivateKeyFile(`${relative}/file`)).toBe(privateKey);
        } finally {
            process.chdir(before);
        }
        mkdirSync(join(dirname(writeMap({})), relative), { recursive: true });
        expect(findPrivateKeyFiles(writeMap({ [id]: relative })).files.size).toBe(1);
    });

    test("rejects an empty path, which would be the working directory", () => {
        for (const path of ["", " "]) {
            expect(() => findPrivateKeyFiles(path)).toThrow("is empty");
        }
    });

    test("rejects a map of another form, and quotes no private key", async () => {
        const { privateKey, writeMap } = await privateKeys();
        const maps = ["", "{", privateKey, [id], { [id]: 1 }, { [id]: privateKey }, { [privateKey]: "a.pem" }, "null"];
        for (const map of maps) {
            expect(() => findPrivateKeyFiles(writeMap(map))).toThrow(/^names .*map\.json: it is neither.*$/);
        }
    });

    test("rejects two files for one key, a path that does not exist, and a private key instead of a path", async () => {
        const { folder, privateKey, writeMap } = await privateKeys();
        const twice = writeMap({ [id]: "a.pem", [id.toUpperCase()]: "b.pem" });
        expect(() => findPrivateKeyFiles(twice)).toThrow(/two files are for the API key .*a\.pem and .*b\.pem/);
        expect(() => findPrivateKeyFiles(join(folder, "no"))).toThrow(/^names .*keys\/no: cannot be read \(ENOENT\)/);
        expect(() => findPrivateKeyFiles(privateKey)).toThrow(/^must name a folder or a map, but holds something/);
    });
});

describe("privateKeyForImport", () => {
    test.each(["folder", "map"])("reads the private key from a %s", async (form) => {
        const { folder, file, privateKey, writeMap } = await privateKeys();
        const env = { KALSHI_IMPORT_PRIVATE_KEYS_DIR: form === "folder" ? ` ${folder} ` : writeMap({ [id]: file }) };
        const log = jest.fn();
        expect(privateKeyForImport(id.toUpperCase(), env, log)).toBe(privateKey);
        expect(log).not.toHaveBeenCalled();
        expect(privateKeyForImport(other, env, log)).toBeUndefined();
        expect(log.mock.calls).toEqual([[expect.stringMatching(/41ffb368-.* is imported without its private key/)]]);
    });

    test("returns none without a variable", () => {
        const env = { KALSHI_IMPORT_PRIVATE_KEYS_DIR: " ", KALSHI_IMPORT_PRIVATE_KEY_PATH: "" };
        expect(privateKeyForImport(id, env, fail)).toBeUndefined();
    });

    test("rejects both variables at once, and a file that is no private key", async () => {
        const { folder, file } = await privateKeys();
        const keys = { KALSHI_IMPORT_PRIVATE_KEYS_DIR: folder };
        const both = { ...keys, KALSHI_IMPORT_PRIVATE_KEY_PATH: file };
        expect(() => privateKeyForImport(id, both, fail)).toThrow(/are both set.*KALSHI_IMPORT_FILE_INVALID/);
        writeFileSync(file, "no key");
        expect(() => privateKeyForImport(id, keys, fail)).toThrow(/7ab1e452.* KALSHI_IMPORT_PRIVATE_KEYS_DIR .*PEM: /);
    });
});

function fail(message: string): void {
    throw new Error(message);
}
