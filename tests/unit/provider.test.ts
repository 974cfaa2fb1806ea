import * as pulumi from "@pulumi/pulumi";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { Provider } from "../../provider/sdk/Provider";

test("a provider's private key is a secret, whether the program marks it as one or not", async () => {
    const registered: pulumi.runtime.MockResourceArgs[] = [];
    await pulumi.runtime.setMocks({
        call: (args) => args.inputs as object,
        newResource: (args) => {
            registered.push(args);
            return { id: "id", state: args.inputs as object };
        },
    });
    const provider = new Provider("demo", { privateKey: "a private key", apiKeyId: "id" });
    await new Promise((resolve) => provider.urn.apply(resolve));
    const secret = { [specialSigKey]: specialSecretSig, value: "a private key" };
    expect(registered.map(({ inputs }) => inputs as unknown)).toEqual([{ apiKeyId: "id", privateKey: secret }]);
});
