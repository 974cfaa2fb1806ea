import { dynamicType, pluginType } from "../../provider/src/package";
import schema from "../../schema.json";

test("the type tokens are those of the schema's resource and of its alias", () => {
    expect(Object.entries(schema.resources).map(([token, { aliases }]) => ({ token, aliases }))).toEqual([
        { token: pluginType, aliases: [{ type: dynamicType }] },
    ]);
});
