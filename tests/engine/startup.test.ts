import { baselines, measureStarts } from "../../benchmarks/startup";
import { judge, memoryAtStart } from "../../benchmarks/targets";
import { cleanUp, scratchFolder } from "../support/harness";

afterEach(cleanUp);

/** Enough for stable medians on a busy machine; all starts together take some seconds. */
const rounds = 7;

/** Some megabytes more than a gRPC server without a service needs on Node 24. `npm run bench -- --check` has the target. */
const mostMegabytes = 68;

// Other load on the machine affects the faster program more.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

// Measures the bundled plugin. The cost per key takes minutes to measure: `npm run bench`.
test("the plugin prints its port within the targets for time, with about the memory of a bare server", async () => {
    const verdicts = judge({ starts: await measureStarts(await baselines(await scratchFolder()), rounds) });
    const memory = verdicts.filter(({ target }) => target === memoryAtStart);
    const times = verdicts.filter(({ target }) => target !== memoryAtStart);
    expect(times).toHaveLength(2);
    expect(times.filter(({ result }) => result === "missed")).toEqual([]);
    expect(memory).toHaveLength(process.platform === "linux" ? 1 : 0);
    expect(memory.filter(({ measured }) => measured > mostMegabytes)).toEqual([]);
});
