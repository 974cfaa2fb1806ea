import { readFileSync } from "node:fs";
import { accountKeys, cleanUp, emulatorWith, environmentOf } from "../support/harness";
import { Plugin } from "../support/plugin";
import { extent, report } from "./extent";

afterEach(cleanUp);

const { pairs } = extent;
const atOnce = 8;
const samples = 100;
/** The first half warms up: meanwhile the memory of the process grows to its steady size. */
const total = 2 * pairs;
/** With fewer pairs the memory has not reached its steady size, so its slope is not significant. */
const longRun = 10_000;

const measurable = process.platform === "linux";

/** The memory of a process at some moment. */
interface Sample {
    /** The number of completed pairs. */
    readonly done: number;
    /** The resident memory in KiB. */
    readonly kib: number;
}

test(`${total} creates and deletes in one process succeed, leave no key, and do not leak memory`, async () => {
    const emulator = await emulatorWith({ rateLimits: false, usageLevel: "prestige" });
    // A small heap, so that a leak shows early and not only after a late garbage collection.
    const plugin = await Plugin.start({
        ...environmentOf(emulator),
        NODE_OPTIONS: "--max-old-space-size=64 --max-semi-space-size=4",
    });
    await plugin.configure({});
    const memory: Sample[] = [];
    const started = performance.now();
    let begun = 0;
    let done = 0;
    const work = async () => {
        while (begun < total) {
            // Every second create has `customTimeouts`, which sets another timer.
            const timeout = begun++ % 2 === 0 ? 0 : 60;
            const { id, properties } = await plugin.create(await plugin.checked({ keyType: "ed25519" }), { timeout });
            await plugin.delete(id, properties);
            if (++done % Math.ceil(total / samples) === 0 && measurable) {
                memory.push({ done, kib: residentKib(plugin.process.pid) });
            }
        }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const seconds = (performance.now() - started) / 1000;
    expect(await accountKeys(emulator)).toEqual([]);
    expect(plugin.stderr).toEqual([]);
    report(`soak: ${total} pairs in ${seconds.toFixed(0)} s`);
    if (!measurable) {
        report("soak: memory not measured, because only Linux has /proc");
        return;
    }
    const settled = memory.slice(memory.length / 2);
    const slope = kibPerThousand(settled);
    report(
        `soak: resident memory ${memory[0]?.kib} KiB at first, ${settled[0]?.kib} KiB half-way, ` +
            `${settled.at(-1)?.kib} KiB at last: ${slope.toFixed(0)} KiB per 1,000 pairs in the second half`,
    );
    if (pairs >= longRun) {
        expect(slope).toBeLessThan(1024);
    }
}, 1_800_000);

function residentKib(pid: number | undefined): number {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Returns the slope of the memory in KiB per 1,000 pairs, by least squares. */
function kibPerThousand(memory: readonly Sample[]): number {
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [x, y] = [mean(memory.map(({ done }) => done)), mean(memory.map(({ kib }) => kib))];
    const covariance = mean(memory.map(({ done, kib }) => (done - x) * (kib - y)));
    return (1000 * covariance) / mean(memory.map(({ done }) => (done - x) ** 2));
}
