import { NamesakeWatch } from "../../provider/src/apiKey/listing";
import type { ApiKey } from "../../provider/src/apiKey/inputs";

const name = "bot-0123456";
const state = { name, apiKeyId: "own", __defaults: ["name"] };
const keyOf = (apiKeyId: string, its = name) => ({ apiKeyId, name: its }) as ApiKey;

function setUp() {
    const messages: string[] = [];
    return { watch: new NamesakeWatch({ log: (message) => void messages.push(message) }), messages };
}

test.each([
    ["another key of the unique name", [keyOf("own"), keyOf("late")], ["late"]],
    ["each of several", [keyOf("late"), keyOf("own"), keyOf("later")], ["late", "later"]],
    ["no key of another name", [keyOf("own"), keyOf("late", "bot")], []],
    ["no key whose id is written in other letters", [keyOf("OWN")], []],
])("reports %s, once", (_what, keys, reported) => {
    const { watch, messages } = setUp();
    watch.remember(state);
    watch.inspect(keys);
    watch.inspect(keys);
    expect(messages).toEqual(reported.map((id) => expect.stringContaining(`(${id})`) as unknown));
});

test("reports a namesake from the latest list if the state's key is seen only later", () => {
    const { watch, messages } = setUp();
    watch.inspect([keyOf("outdated")]);
    watch.inspect([keyOf("late")]);
    watch.remember(state);
    expect(messages).toEqual([expect.stringContaining("(late)")]);
});

test.each([
    ["without an id", { apiKeyId: undefined }],
    ["with an explicit name", { __defaults: undefined, apiKeyId: "other" }],
    ["with a name that other stacks may have", { __autonamed: true, apiKeyId: "other" }],
])("ignores a state %s", (_what, more) => {
    const { watch, messages } = setUp();
    watch.inspect([keyOf("own"), keyOf("late")]);
    watch.remember({ ...state, ...more });
    expect(messages).toEqual([]);
    watch.remember(state);
    watch.remember({ ...state, ...more });
    watch.inspect([keyOf("own"), keyOf("later")]);
    expect(messages).toEqual([expect.stringContaining("(late)"), expect.stringContaining("(later)")]);
});
