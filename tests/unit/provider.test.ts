import * as pulumi from "@pulumi/pulumi";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { Provider } from "../../provider/src/sdk/Provider";

test("an explicit provider's private key is a secret even if the program passes it in plaintext", async () => {
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
