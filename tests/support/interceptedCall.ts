import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import which from "which";
import { scratchFolder } from "./harness";

/** A call of `pulumi` that a script replaces. */
export interface InterceptedCall {
    /** A part of the call's command line. */
    readonly command: string;
    /** Which call of that command it is, from 1 on; by default every one. */
    readonly count?: number;
    /** The script of a shell; `"$pulumi" "$@"` in it is the replaced call. */
    readonly script: string;
}

/** Returns an environment with a `pulumi` on PATH that runs a script instead of a call. */
export async function withInterceptedCall(env: NodeJS.ProcessEnv, call: InterceptedCall): Promise<NodeJS.ProcessEnv> {
    const folder = await scratchFolder();
    const calls = join(folder, "calls");
    const { command, count = `$(wc -l < ${calls})`, script } = call;
    const wrapper = `#!/bin/sh
        pulumi=${await which("pulumi")}
        case "$*" in *"${command}"*)
            echo >> ${calls}
            if [ $(wc -l < ${calls}) = ${count} ]; then
                ${script}
                exit
            fi;;
        esac
        exec "$pulumi" "$@"`;
    writeFileSync(join(folder, "pulumi"), wrapper, { mode: 0o755 });
    return { ...env, PATH: `${folder}${delimiter}${env["PATH"] ?? ""}` };
}
