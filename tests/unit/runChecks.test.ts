import * as pulumi from "@pulumi/pulumi";
import { KalshiApiKey } from "../../provider/src/sdk/KalshiApiKey";

/** Runs what a program does, in a project with a configuration. */
async function inProject(project: string, config: Record<string, string>): Promise<void> {
    pulumi.runtime.setAllConfig(config);
    const newResource = ({ inputs }: pulumi.runtime.MockResourceArgs) => ({ id: "id", state: inputs as object });
    await pulumi.runtime.setMocks({ call: (args) => args.inputs as object, newResource }, project, "dev");
}

test("a program with a mistyped option of the provider ends with an error for the user", async () => {
    await inProject("tests", { "kalshi:enviroment": "demo", "other:enviroment": "demo" });
    const declare = () => new KalshiApiKey("bot");
    expect(declare).toThrow(pulumi.RunError);
    expect(declare).toThrow(/^kalshi:enviroment .*kalshi:environment\b.*\(KALSHI_OPTION_UNKNOWN\)$/);
});

test("a program in a project named kalshi has its own options", async () => {
    await inProject("kalshi", { "kalshi:enviroment": "demo", "kalshi:bots": "7" });
    expect(() => new KalshiApiKey("bot")).not.toThrow();
});

test.each([{ import: "7ab1e452" }, { id: "7ab1e452" }])(
    "a KalshiApiKey with the option %j is refused",
    async (opts) => {
        await inProject("tests", {});
        const declare = () => new KalshiApiKey("bot", {}, opts);
        expect(declare).toThrow(pulumi.RunError);
        expect(declare).toThrow(/"bot".*`adopt`.*`kalshi:index:ApiKey`.*KALSHI_IMPORT_UNSUPPORTED/);
    },
);
