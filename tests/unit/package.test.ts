import { dynamicType, pluginType, rotatingDynamicType, rotatingPluginType } from "../../provider/src/package";
import schema from "../../schema.json";

test("the type tokens are those of the schema's resources and of their aliases", () => {
    expect(Object.entries(schema.resources).map(([token, { aliases }]) => ({ token, aliases }))).toEqual([
        { token: pluginType, aliases: [{ type: dynamicType }] },
        { token: rotatingPluginType, aliases: [{ type: rotatingDynamicType }] },
    ]);
});
