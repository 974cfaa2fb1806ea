import type * as Pulumi from "@pulumi/pulumi";
import type * as Example from "../../examples/with-random/index";

/** The resources of examples/with-random, and what the example exports. */
interface Run {
    readonly uuid: Pulumi.runtime.MockResourceArgs;
    readonly pet: Pulumi.runtime.MockResourceArgs;
    readonly key: Pulumi.runtime.MockResourceArgs;
    readonly apiKeyId: string;
}

/** Runs examples/with-random with mocks, so without an engine, a plugin or an account. */
async function run(config: Readonly<Record<string, string>>): Promise<Run> {
    const registered = new Map<string, Pulumi.runtime.MockResourceArgs>();
    let apiKeyId = "";
    // A module runs once, so every run needs its own. The example has to get the SDK whose mocks are set.
    await jest.isolateModulesAsync(async () => {
        const pulumi = await import("@pulumi/pulumi");
        const mocks: Pulumi.runtime.Mocks = {
            call: () => ({}),
            newResource: (args) => {
                registered.set(args.type, args);
                return { id: `id of ${args.type}`, state: { ...(args.inputs as object), ...stateOf(args) } };
            },
        };
        await pulumi.runtime.setMocks(mocks, "project");
        pulumi.runtime.setAllConfig(config);
        const example = jest.requireActual<typeof Example>("../../examples/with-random/index");
        apiKeyId = await new Promise<string>((resolve) => example.apiKeyId.apply(resolve));
    });
    const resource = (type: string) => {
        const args = registered.get(type);
        expect(args).toBeDefined();
        return args as Pulumi.runtime.MockResourceArgs;
    };
    expect(registered.size).toBe(3);
    return { uuid: resource(uuidType), pet: resource(petType), key: resource(keyType), apiKeyId };
}

const uuidType = "random:index/randomUuid:RandomUuid";
const petType = "random:index/randomPet:RandomPet";
const keyType = "pulumi-nodejs:dynamic/kalshi:ApiKey";

/** Returns the outputs that the real providers generate. The UUID depends on the keepers, like the real one. */
function stateOf({ type, inputs }: Pulumi.runtime.MockResourceArgs): object {
    switch (type) {
        case uuidType:
            return { result: `UUID for ${JSON.stringify((inputs as { keepers: object }).keepers)}` };
        case keyType:
            return { apiKeyId: "the key's id" };
        default:
            return {};
    }
}

test.each([["2026-11-24"], ["2026-12-01"]])(
    "examples/with-random passes incident %s to the UUID's keepers, and the UUID to the key's rotation triggers",
    async (incident) => {
        const { uuid, key, apiKeyId } = await run({ "project:incident": incident });
        expect(uuid.inputs).toEqual({ keepers: { incident } });
        const rotationTriggers = { incident: `UUID for {"incident":"${incident}"}` };
        expect(key.inputs).toMatchObject({ rotationTriggers });
        expect(apiKeyId).toBe("the key's id");
    },
);

test("examples/with-random names the key after the pet, whose name does not depend on the incident", async () => {
    const { pet, key } = await run({ "project:incident": "2026-11-24" });
    expect(pet.inputs).toEqual({});
    expect(key.inputs).toMatchObject({ namePrefix: `id of ${petType}` });
    expect(key.inputs).not.toHaveProperty("name");
});

test("examples/with-random requires an incident in the configuration", async () => {
    await expect(run({})).rejects.toThrow("Missing required configuration variable 'project:incident'");
});
