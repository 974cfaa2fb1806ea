import { existsSync, readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { parseJson } from "../kalshi/text";
import { projectFileOf, pulumiHome, type Environment } from "../pulumi";

/** What identifies a stack: its names, its backend, the folder of its project, and the machine. */
export interface StackIdentity {
    readonly project: string;
    readonly stack: string;
    readonly organization?: string | undefined;
    readonly backend?: string | undefined;
    readonly folder: string;
    /** The process that recorded this, with the name of its machine; by default it is this machine. */
    readonly process?: { readonly host: string };
}

/**
 * Compares two identities. Names alone do not identify a stack, because two backends or organizations may have the same names. A
 * folder is inconclusive: a checkout can be moved, and a stack of another backend or organization can be selected in it.
 *
 * @returns "same" or "other"; if the names agree and the backends are inconclusive: "likely" for the same folder, else "unproven"
 */
export function compareStacks(one: StackIdentity, other: StackIdentity): "same" | "likely" | "unproven" | "other" {
    if (
        one.project !== other.project ||
        one.stack !== other.stack ||
        differ(one.organization, other.organization) ||
        differ(one.backend, other.backend)
    ) {
        return "other";
    }
    if (isBackendConclusive(one, other)) {
        return "same";
    }
    return one.folder === other.folder ? "likely" : "unproven";
}

/**
 * Returns whether equal backends identify the stack. They do not if one is unknown. Pulumi Cloud is one backend with many organizations, and
 * a plugin does not know its organization. A path, a loopback address or an address without a host, such as that of a socket, is another
 * backend on each machine, and machines or containers may share the journal.
 */
function isBackendConclusive(one: StackIdentity, other: StackIdentity): boolean {
    const isCloud = /^https?:/.test(one.backend ?? "");
    const areOrganizationsKnown = one.organization !== undefined && other.organization !== undefined;
    const isLocal = /^(file:|\w+:\/\/\/)|(\/|%2F|=)(localhost|127\.|\[::1\])/.test(one.backend ?? "");
    return (
        one.backend !== undefined &&
        other.backend !== undefined &&
        (!isCloud || areOrganizationsKnown) &&
        (!isLocal || hostOf(one) === hostOf(other))
    );
}

function hostOf({ process }: StackIdentity): string {
    return process?.host ?? hostname();
}

function differ(one: string | undefined, other: string | undefined): boolean {
    return one !== undefined && other !== undefined && one !== other;
}

/**
 * Returns the backend that the engine uses for the project of a folder, normalized by {@link normalizeBackend}.
 *
 * The order is the engine's: PULUMI_BACKEND_URL, the project's `backend.url`, the backend of the last `pulumi login`. Source:
 * pulumi/pulumi, pkg/workspace/creds.go, GetCurrentCloudURL.
 *
 * @returns undefined if there is none or it cannot be read
 */
export async function currentBackend(env: Environment, folder: string): Promise<string | undefined> {
    try {
        const projectFile = projectFileOf(folder);
        const url = env["PULUMI_BACKEND_URL"] || (await projectBackend(projectFile)) || loginBackend(env);
        return url && normalizeBackend(url, projectFile === undefined ? folder : dirname(projectFile), env);
    } catch {
        return undefined;
    }
}

const projectSchema = z.object({ backend: z.object({ url: z.string().nullish() }).nullish() });

async function projectBackend(file: string | undefined): Promise<string | undefined> {
    const text = file === undefined ? "" : readFileSync(file, "utf8");
    if (!text.includes("backend")) {
        return undefined;
    }
    // Loaded only when a project names a backend, because most do not and the parser is large.
    const { parse } = await import("yaml");
    // The parser's warnings quote the file, which may hold a private key in plaintext, so they are not printed.
    return projectSchema.safeParse(parse(text, { logLevel: "error" })).data?.backend?.url ?? undefined;
}

function loginBackend(env: Environment): string | undefined {
    const file = join(env["PULUMI_CREDENTIALS_PATH"] || pulumiHome(env), "credentials.json");
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    return z.object({ current: z.string() }).safeParse(parseJson(text)).data?.current;
}

/**
 * The parameters that select one of several backends at the same address. Sources: pkg/backend/diy/postgres (`table`), gocloud.dev
 * s3blob (`endpoint`) and azureblob (`storage_account`, `domain`).
 */
const identifyingParameters = ["domain", "endpoint", "storage_account", "table"];

/**
 * The variables that stand for such a parameter, by the URL's protocol; the first one that is set wins. Sources: gocloud.dev
 * azureblob; docs.aws.amazon.com/sdkref, Service-specific endpoints.
 */
const identifyingVariables: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
    "azblob:": { domain: ["AZURE_STORAGE_DOMAIN"], storage_account: ["AZURE_STORAGE_ACCOUNT"] },
    "s3:": { endpoint: ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] },
};

/**
 * Returns a backend's URL in a form that can be compared and stored: file paths are absolute, and user, password, fragment and
 * every parameter that may be a credential are removed.
 *
 * @param folder the folder that a relative path starts from
 */
export function normalizeBackend(backend: string, folder: string, env: Environment): string | undefined {
    const filePrefix = "file://";
    if (backend.startsWith(filePrefix)) {
        const [path = ""] = backend.slice(filePrefix.length).split("?");
        const absolute = /^~(?=$|[/\\])/.test(path) ? join(homedir(), path.slice(1)) : resolve(folder, path);
        return withoutTrailingSlashes(pathToFileURL(absolute).href);
    }
    if (!URL.canParse(backend)) {
        return undefined;
    }
    const { protocol, host, pathname, searchParams } = new URL(backend);
    const parameters = identifyingParameters.flatMap((name) => {
        const variable = identifyingVariables[protocol]?.[name]?.find((one) => env[one]);
        const value = searchParams.get(name) ?? (variable && env[variable]);
        return value ? [`${name}=${encodeURIComponent(withoutCredentials(value))}`] : [];
    });
    const query = parameters.length === 0 ? "" : `?${parameters.join("&")}`;
    return `${withoutTrailingSlashes(`${protocol}//${host}${pathname}`)}${query}`;
}

function withoutTrailingSlashes(url: string): string {
    return url.replace(/\/+$/, "");
}

/** An endpoint may be a URL itself, with user, password and query. */
function withoutCredentials(value: string): string {
    return value.replace(/^(\w+:\/\/)?[^@/]*@/, "$1").replace(/[?#].*/, "");
}
