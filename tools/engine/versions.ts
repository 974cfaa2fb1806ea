/** The engine that everything here is tested with; an older one is not used. Stands in pulumi/go.mod too. */
export const engineVersion = "3.250.0";

/**
 * The language hosts that are built beside it. The newest SDK module that still holds them is 3.68.0; later they moved to
 * modules of their own, which the Go module proxy does not serve. Stands in hosts/go.mod too.
 */
export const hostsVersion = "3.68.0";
