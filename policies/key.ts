import type { PolicyProviderResource, ResourceValidationArgs } from "@pulumi/policy";

/** The type tokens of keys, and whether the resource rotates in place. A test compares them with those of the provider. */
const isRotatingByType: Readonly<Record<string, boolean>> = {
    "kalshi:index:ApiKey": false,
    "kalshi:index:RotatingApiKey": true,
    "pulumi-nodejs:dynamic/kalshi:ApiKey": false,
    "pulumi-nodejs:dynamic/kalshi:RotatingApiKey": true,
};
export const keyTypes: readonly string[] = Object.keys(isRotatingByType);

/** The inputs that a policy reads, after the provider has checked them. So `scopes` and `keyType` have their defaults. */
export interface KeyInputs {
    readonly name?: unknown;
    readonly namePrefix?: unknown;
    readonly scopes?: unknown;
    readonly keyType?: unknown;
    readonly publicKey?: unknown;
    readonly rotationDays?: unknown;
    /** Only with the dynamic provider. */
    readonly adopt?: unknown;
}

/** An API key that a program declares. */
export interface Key {
    /** The name of the resource. It is no input, so a message may contain it. */
    readonly resourceName: string;
    readonly isRotating: boolean;
    readonly isProtected: boolean;
    /**
     * In a preview, an access to an unknown input throws an `UnknownValueError`. The SDK then reports that the policy cannot run yet.
     * `in` does not throw. If the provider refused an input, its value has any type.
     */
    readonly inputs: KeyInputs;
    /** `prod`, `demo`, or the base URL of another server. Throws like `inputs` if it is unknown. */
    readonly environment: () => string;
}

/** Returns the key that a resource declares, or undefined if the resource is none. */
export function keyOf({ type, name, props, opts, provider }: ResourceValidationArgs): Key | undefined {
    const isRotating = isRotatingByType[type];
    return isRotating === undefined
        ? undefined
        : {
              resourceName: name,
              isRotating,
              isProtected: opts.protect,
              inputs: props,
              environment: () => environmentOf(provider, process.env),
          };
}

/** Returns the scopes of a key. */
export function scopesOf({ inputs }: Key): string[] {
    const { scopes } = inputs;
    return Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === "string") : [];
}

export function isWriteScope(scope: string): boolean {
    return scope === "write" || scope.startsWith("write::");
}

/**
 * Returns the environment in which a provider manages keys. As in the provider, an option wins over its variable, and a base URL
 * determines the environment.
 *
 * @param provider its properties are the options of the plugin; or, for the dynamic provider, the stack's configuration
 * @param env the environment of the engine, which starts the pack and the provider
 */
export function environmentOf(
    provider: Pick<PolicyProviderResource, "props"> | undefined,
    env: Readonly<Record<string, string | undefined>>,
): string {
    const setting = (option: string, variable: string) =>
        textOf(provider?.props[option]) ?? textOf(provider?.props[`kalshi:${option}`]) ?? textOf(env[variable]);
    const baseUrl = setting("baseUrl", "KALSHI_BASE_URL");
    if (baseUrl === undefined) {
        return setting("environment", "KALSHI_ENVIRONMENT") ?? "prod";
    }
    // Kalshi has several hosts in each environment, and may add some.
    const { hostname, origin, pathname } = URL.parse(baseUrl) ?? { hostname: "", origin: baseUrl, pathname: "" };
    if (hostname.endsWith(".kalshi.com")) {
        return "prod";
    }
    return hostname.endsWith(".kalshi.co") ? "demo" : origin + pathname.replace(/\/+$/, "");
}

function textOf(value: unknown): string | undefined {
    const text = typeof value === "string" ? value.trim() : "";
    return text === "" ? undefined : text;
}
