import * as pulumi from "@pulumi/pulumi";
import { unknownScopes, unknownScopesWarning } from "../apiKey/scopes";
import { withCode } from "../userError";
import type { ApiKeyArgs } from "./args";

// What the dynamic provider's resources have in common in a program.

/** Returns the properties by which the SDK's host finds the provider, and those that it does not pass to a method otherwise. */
export function dynamicProperties(name: string, __provider: string) {
    const __stack = [...organization(), pulumi.getProject(), pulumi.getStack()].join("/");
    return { __provider, __resourceName: name, __stack };
}

/** Returns the stack's organization. The SDK throws if the engine does not pass one; the result is empty then. */
function organization(): readonly string[] {
    try {
        return [pulumi.getOrganization()];
    } catch {
        return [];
    }
}

/**
 * Refuses to import, because the SDK's host would fail with "code must be a string".
 *
 * @param advice what to do instead
 * @throws pulumi.RunError
 */
export function refuseImport(name: string, advice: string, opts: pulumi.CustomResourceOptions | undefined): void {
    if (opts?.import !== undefined || opts?.id !== undefined) {
        const text = `Could not import the API key "${name}": Pulumi cannot import dynamic resources. ${advice}`;
        throw new pulumi.RunError(withCode(text, "KALSHI_IMPORT_UNSUPPORTED"));
    }
}

/** Warns of scopes that this version does not know. The provider has no way to show a warning beside the resource. */
export function warnOfUnknownScopes(key: pulumi.Resource, scopes: ApiKeyArgs["scopes"]): void {
    pulumi.output(scopes).apply((known) => {
        const unknown = unknownScopes(known);
        if (unknown.length > 0) {
            void pulumi.log.warn(unknownScopesWarning(unknown), key);
        }
    });
}
