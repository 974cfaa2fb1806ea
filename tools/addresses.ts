import { repository, publisher } from "./publisher.json";

/**
 * Everything that follows from the two settings in publisher.json: the repository's address on GitHub, without `.git`, and the name of the
 * person or organization that publishes the packages. `npm run generate` writes it into the schema, the manifests and the examples.
 */
export interface Addresses {
    readonly repository: string;
    readonly publisher: string;
    /** The schema's namespace: lowercase letters, digits and hyphens. */
    readonly namespace: string;
    readonly logoUrl: string;
    /** The releases from which the engine downloads the plugin. Source: pulumi/pulumi, sdk/go/common/workspace/plugins.go. */
    readonly pluginDownloadURL: string;
    /** The Go module of the SDK. Its folder in the repository is sdk/go. */
    readonly goModule: string;
    /**
     * The Maven group, which Maven Central gives to the owner of a GitHub account, with all groups below it. So the placeholder's group is no
     * group below that of an account. Source: central.sonatype.org, register/namespace.
     */
    readonly mavenGroup: string;
    /** The Java package that contains the SDK's package `kalshi`. */
    readonly javaPackage: string;
    /** The C# namespace that contains the SDK's namespace `Kalshi`. The prefix `Pulumi` is reserved on NuGet. */
    readonly csharpNamespace: string;
}

/**
 * The owner until a person sets the real one. No GitHub account can have this name, because account names contain no dots, and no two hyphens
 * beside each other, which replace the dot in the Maven group.
 */
export const placeholderOwner = "owner.example";

/** Matches the placeholder in each form in which an address contains it, such as `OwnerExample` in the C# namespace. */
export const placeholderForms = new RegExp(placeholderOwner.split(".").join("[.-]{0,2}"), "i");

export const addresses = addressesOf(repository, publisher);

/** @throws Error if the repository's address is not that of a repository on GitHub */
export function addressesOf(repository: string, publisher: string): Addresses {
    const [, owner, name] = /^https:\/\/github\.com\/([\w.-]+)\/([\w.-]+?)(?<!\.git)$/.exec(repository) ?? [];
    if (owner === undefined || name === undefined) {
        throw new Error(
            `tools/publisher.json: ${repository} is not of the form https://github.com/OWNER/NAME, without .git`,
        );
    }
    const words = owner.toLowerCase().split(/[^a-z0-9]+/);
    return {
        repository,
        publisher,
        namespace: words.join("-"),
        logoUrl: `https://raw.githubusercontent.com/${owner}/${name}/main/docs/logo.svg`,
        pluginDownloadURL: `github://api.github.com/${owner}/${name}`,
        goModule: `github.com/${owner}/${name}/sdk/go`,
        mavenGroup: `io.github.${owner.toLowerCase().replaceAll(".", "--")}`,
        // An identifier must not begin with a digit.
        javaPackage: `io.github.${words.join("").replace(/^(?=\d)/, "_")}`,
        csharpNamespace: words
            .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
            .join("")
            .replace(/^(?=\d)/, "_"),
    };
}
