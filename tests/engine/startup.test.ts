import { baselines, measureStarts } from "../../benchmarks/startup";
import { judge } from "../../benchmarks/targets";
import { cleanUp, scratchFolder } from "../support/harness";

afterEach(cleanUp);

/** Enough for stable medians on a busy machine; all starts together take some seconds. */
const rounds = 7;

// Other load on the machine affects the faster program more.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

// Measures the bundled plugin. The cost per key takes minutes to measure: `npm run bench`.
test("the plugin prints its port within the targets for time, with about the memory of a bare server", async () => {
    const verdicts = judge({ starts: await measureStarts(await baselines(await scratchFolder()), rounds) });
    // Only Linux reports the memory and has an executable. The memory is that of a bare server, which depends on the version of Node.
    expect(verdicts).toHaveLength(process.platform === "linux" ? 4 : 2);
    expect(verdicts.filter(({ result }) => result === "missed")).toEqual([]);
});
