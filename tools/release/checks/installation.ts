import { pathToFileURL } from "node:url";
import { run } from "../../processes";
import { inTemporaryFolder } from "../part";
import { serveFolder } from "../serve";
import type { Check } from "./check";
import { schemaProblems } from "./schema";
import { versionOf } from "./version";

/** What the Registry's check of a package requires, too. Source: pulumi/registry, scripts/ci/community-package/sdk_install_probe.py. */
export const installationCheck: Check = {
    title: "The engine installs the plugin from a server, and starts it",
    findProblems: ({ release, source }) =>
        inTemporaryFolder(async (home) => {
            const version = versionOf(source);
            const { url, close } = await serveFolder(release);
            try {
                const pulumi = (...args: string[]) => run("pulumi", args, { cwd: home, env: environment(home) });
                const install = ["plugin", "install", "resource", "kalshi", `v${version}`, "--server", url];
                const installed = await pulumi(...install);
                if (installed.code !== 0) {
                    return [`\`pulumi ${install.slice(0, 5).join(" ")}\` failed: ${installed.stderr.trim()}`];
                }
                const printed = await pulumi("package", "get-schema", `kalshi@${version}`);
                if (printed.code !== 0) {
                    return [`The installed plugin returned no schema: ${printed.stderr.trim()}`];
                }
                const schema = JSON.parse(printed.stdout) as { version?: string };
                const problems = schemaProblems("The installed plugin's schema", schema);
                if (schema.version !== version) {
                    problems.push(
                        `The installed plugin has version ${schema.version ?? "none"} instead of ${version}.`,
                    );
                }
                return problems;
            } finally {
                await close();
            }
        }),
};

/** Returns an environment in which the engine finds no other plugin than an installed one. */
function environment(home: string): NodeJS.ProcessEnv {
    const others = Object.entries(process.env).filter(([name]) => !/^(PULUMI|KALSHI)_/.test(name));
    return {
        ...Object.fromEntries(others),
        PULUMI_HOME: home,
        PULUMI_BACKEND_URL: pathToFileURL(home).href,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
        // The address of the server is given, so the engine need not ask the Registry for it.
        PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
}
