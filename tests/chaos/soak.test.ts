import { readFileSync } from "node:fs";
import { accountKeys, cleanUp, emulatorWith, environmentOf } from "../harness";
import { Plugin } from "../plugin/plugin";
import { extent, report } from "./extent";

afterEach(cleanUp);

const { pairs } = extent;
const atOnce = 8;
const samples = 100;
/** As many again go ahead, while the memory of the process still grows to what it stays at. */
const total = 2 * pairs;
/** After fewer it has not got there, so that its slope says nothing. */
const longRun = 10_000;

const measurable = process.platform === "linux";

/** What a process held at some moment. */
interface Sample {
    /** Pairs that were done. */
    readonly done: number;
    /** Resident memory. */
    readonly kib: number;
}

test(`${total} creations and deletions in one process: none fails, nothing is left, and memory stays level`, async () => {
    const emulator = await emulatorWith({ rateLimits: false, usageLevel: "prestige" });
    // A modest heap, so that what is kept shows early instead of waiting for a collection that may be far away.
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
            // Every other one with `customTimeouts`, which has an alarm of its own.
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
        report("soak: memory not measured, since only Linux tells it in /proc");
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

/** The slope of the line that fits the samples best, by least squares. */
function kibPerThousand(memory: readonly Sample[]): number {
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [x, y] = [mean(memory.map(({ done }) => done)), mean(memory.map(({ kib }) => kib))];
    const covariance = mean(memory.map(({ done, kib }) => (done - x) * (kib - y)));
    return (1000 * covariance) / mean(memory.map(({ done }) => (done - x) ** 2));
}
