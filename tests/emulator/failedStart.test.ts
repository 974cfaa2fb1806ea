import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startEmulator } from "../../emulator/index";
import { cleanUp, scratchFolder } from "../support/harness";

afterEach(cleanUp);

const onLinux = process.platform === "linux" ? test : test.skip;
/** The longest path on Linux. Source: linux/limits.h, PATH_MAX, which includes the final null byte. */
const longestPath = 4_095;

onLinux("an emulator that cannot write credentials.env stops listening and unlocks its folder", async () => {
    const first = await startEmulator({ dataDir: await scratchFolder(), rootKeyType: "ed25519" });
    await first.close();
    const { origin, rootKeyPath, credentialsPath } = first;

    // The file's own path has the longest length, so that of the temporary file beside it is too long.
    const start = `${await scratchFolder()}/`;
    const dataDir =
        start + "folder/".repeat(longestPath).slice(0, longestPath - start.length - "/credentials.env".length);
    await mkdir(dataDir, { recursive: true });
    // With an account, the start writes no other file.
    await copyFile(rootKeyPath, join(dataDir, "root-key.pem"));
    await copyFile(join(credentialsPath, "..", "keys.json"), join(dataDir, "keys.json"));

    const again = () => startEmulator({ dataDir, port: Number(new URL(origin).port) });
    await expect(again()).rejects.toThrow("ENAMETOOLONG");
    await expect(fetch(origin)).rejects.toThrow("fetch failed");
    // Neither the port nor the folder is in use any more.
    await expect(again()).rejects.toThrow("ENAMETOOLONG");
});
