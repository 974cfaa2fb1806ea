import { isUnknown, withoutNulls } from "../../provider/src/apiKey/properties";

/** Source: pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go. */
const sentinels = {
    string: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    bool: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    array: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    object: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
};

test.each(Object.entries(sentinels))("an unknown %s is unknown at any depth", (_type, sentinel) => {
    expect(isUnknown(sentinel)).toBe(true);
    expect(isUnknown({ known: 1, list: ["known", { unknown: sentinel }] })).toBe(true);
});

test.each([null, undefined, "", "text", 0, false, {}, { a: [null, "text"] }])("%j is known", (value) => {
    expect(isUnknown(value)).toBe(false);
});

test("properties without nulls keep every other value", () => {
    const kept = { text: "", zero: 0, no: false, none: undefined };
    expect(withoutNulls({ ...kept, null: null })).toStrictEqual(kept);
});
