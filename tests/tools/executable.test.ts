import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { devDependencies } from "../../package.json";
import { nodeVersion, verifyNode } from "../../tools/release/executable";
import { cleanUp, scratchFolder } from "../support/harness";

afterEach(cleanUp);

const testOnLinux = process.platform === "linux" ? test : test.skip;

testOnLinux("refuses a Node that has another checksum", async () => {
    const other = join(await scratchFolder(), "node");
    writeFileSync(other, "#!/bin/sh\n");
    await expect(verifyNode(other)).rejects.toThrow(/is not the Node whose checksum/);
});

testOnLinux("accepts the Node that package.json names", async () => {
    expect(await nodeVersion()).toBe(devDependencies.node);
    await verifyNode(process.execPath);
});
