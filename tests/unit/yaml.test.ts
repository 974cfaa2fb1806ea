import { parseYaml } from "../../provider/src/cli/yaml";
import { ownKeyPair } from "../support/harness";

const lines = ownKeyPair("rsa").privateKey.trim().split("\n");

test("names the line of an error, and quotes nothing of the file", () => {
    // Since line 7, the key is less indented than its first line.
    const key = lines.map((line, index) => `${index < 6 ? "    " : "  "}${line}`).join("\n");
    expect(() => parseYaml(`config:\n  kalshi:privateKey: |\n${key}\n`, "Pulumi.yaml")).toThrow(
        /^Pulumi\.yaml is no valid YAML in line 9 \(\w+\)$/,
    );
});

test("prints no warning, because that quotes the file", () => {
    const emitted = jest.spyOn(process, "emitWarning").mockImplementation();
    const parsed = parseYaml(`key: !secret ${JSON.stringify(lines.join("\n"))}`, "Pulumi.yaml");
    expect(parsed).toEqual({ key: lines.join("\n") });
    expect(emitted).not.toHaveBeenCalled();
    emitted.mockRestore();
});
