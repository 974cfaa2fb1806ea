import {
    verdictOn,
    type KeyKind,
    type KeyVerdict,
    type NameKind,
    type RecordStatus,
} from "../../provider/src/cli/orphanTable";

type Expectation = readonly [RecordStatus, NameKind, KeyKind, readonly [KeyVerdict, KeyVerdict, KeyVerdict]];

/** Never changed: the state holds it. */
const kept = ["kept", "kept", "kept"] as const;
/** Revoked if this stack created it on this account. */
const proven = ["orphaned", "candidate", "not examined"] as const;
/** Left to the user, because its owner is not certain. */
const doubtful = ["candidate", "candidate", "not examined"] as const;
/** Left to the user, because the engine received it. */
const received = ["delivered", "delivered", "not examined"] as const;
/** Not reported: it only has the same explicit name. */
const unrelated = ["unrelated", "unrelated", "unrelated"] as const;

const expectations: readonly Expectation[] = [
    ["pending", "unique", "in the state", kept],
    ["pending", "unique", "recorded", proven],
    ["pending", "unique", "name only", proven],
    ["pending", "explicit", "in the state", kept],
    ["pending", "explicit", "recorded", doubtful],
    ["pending", "explicit", "name only", doubtful],
    ["undelivered", "unique", "in the state", kept],
    ["undelivered", "unique", "recorded", proven],
    ["undelivered", "unique", "name only", proven],
    ["undelivered", "explicit", "in the state", kept],
    ["undelivered", "explicit", "recorded", proven],
    ["undelivered", "explicit", "name only", unrelated],
    ["delivered", "unique", "in the state", kept],
    ["delivered", "unique", "recorded", received],
    ["delivered", "unique", "name only", doubtful],
    ["delivered", "explicit", "in the state", kept],
    ["delivered", "explicit", "recorded", received],
    ["delivered", "explicit", "name only", unrelated],
    ["retried", "unique", "in the state", kept],
    ["retried", "unique", "recorded", received],
    ["retried", "unique", "name only", proven],
    ["retried", "explicit", "in the state", kept],
    ["retried", "explicit", "recorded", received],
    ["retried", "explicit", "name only", doubtful],
    ["none", "unique", "in the state", kept],
    ["none", "unique", "recorded", received],
    ["none", "unique", "name only", proven],
    ["none", "explicit", "in the state", kept],
    ["none", "explicit", "recorded", unrelated],
    ["none", "explicit", "name only", unrelated],
];

test.each(expectations)("%s create, %s name, key %s", (status, name, key, expected) => {
    const scopes = ["here", "unproven", "other account"] as const;
    expect(scopes.map((scope) => verdictOn(status, name, key, scope))).toEqual(expected);
});

test("has an expectation for every combination", () => {
    const combinations = new Set(expectations.map(([status, name, key]) => `${status}, ${name}, ${key}`));
    expect(combinations.size).toBe(5 * 2 * 3);
});
