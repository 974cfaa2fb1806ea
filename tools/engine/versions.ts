/** The engine version that is used for the tests, and the oldest that they accept. pulumi/go.mod has to name the same one. */
export const engineVersion = "3.250.0";

/**
 * The version of the language hosts that are built with the engine. 3.68.0 is the newest SDK module that contains them. Later ones are
 * separate modules, which the Go module proxy does not serve. hosts/go.mod has to name the same version.
 */
export const hostsVersion = "3.68.0";

/** The newest SDK module that contains the language host for Go. go/go.mod has to name the same version. */
export const goHostVersion = "3.66.0";

/** The version of Pulumi's packages in the language hosts for YAML and Java. tools/languages/go.mod has to name the same one. */
export const languagesVersion = "3.255.0";
