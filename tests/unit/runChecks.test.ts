import * as pulumi from "@pulumi/pulumi";
import { KalshiApiKey } from "../../provider/src/sdk/KalshiApiKey";
import { RotatingKalshiApiKey } from "../../provider/src/sdk/RotatingKalshiApiKey";

/** Runs what a program does, in a project with a configuration. */
async function inProject(project: string, config: Record<string, string>): Promise<void> {
    pulumi.runtime.setAllConfig(config);
    const newResource = ({ inputs }: pulumi.runtime.MockResourceArgs) => ({ id: "id", state: inputs as object });
    await pulumi.runtime.setMocks({ call: (args) => args.inputs as object, newResource }, project, "dev");
}

test.each<[string, () => unknown]>([
    ["a KalshiApiKey", () => new KalshiApiKey("bot")],
    ["a RotatingKalshiApiKey", () => new RotatingKalshiApiKey("bot", { rotationDays: 30 })],
])("with a mistyped option of the provider, %s ends the program with an error for the user", async (_what, declare) => {
    await inProject("tests", { "kalshi:enviroment": "demo", "other:enviroment": "demo" });
    expect(declare).toThrow(pulumi.RunError);
    expect(declare).toThrow(/^kalshi:enviroment .*kalshi:environment\b.*\(KALSHI_OPTION_UNKNOWN\)$/);
});

test("a program in a project named kalshi has its own options", async () => {
    await inProject("kalshi", { "kalshi:enviroment": "demo", "kalshi:bots": "7" });
    expect(() => new KalshiApiKey("bot")).not.toThrow();
});

test.each([{ import: "7ab1e452" }, { id: "7ab1e452" }])(
    "a dynamic resource with the option %j is refused",
    async (opts) => {
        await inProject("tests", {});
        const declare = () => new KalshiApiKey("bot", {}, opts);
        expect(declare).toThrow(pulumi.RunError);
        expect(declare).toThrow(/"bot".*`adopt`.*`kalshi:index:ApiKey`.*KALSHI_IMPORT_UNSUPPORTED/);
        const declareRotating = () => new RotatingKalshiApiKey("bot", { rotationDays: 30 }, opts);
        expect(declareRotating).toThrow(pulumi.RunError);
        expect(declareRotating).toThrow(/"bot".*`kalshi:index:RotatingApiKey`.*KALSHI_IMPORT_UNSUPPORTED/);
    },
);
