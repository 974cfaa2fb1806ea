import { findExistence, type Existence } from "../../provider/src/apiKey/existence";
import { SharedList } from "../../provider/src/apiKey/listing";
import type { Platform } from "../../provider/src/apiKey/platform";
import type { ApiKeyState } from "../../provider/src/apiKey/outputs";
import { revoke, revokeOrphan } from "../../provider/src/apiKey/revoke";
import { KalshiError, type FailureKind } from "../../provider/src/kalshi/errors";
import type { ApiKey } from "../../provider/src/apiKey/inputs";
import { ownKeyPair } from "../support/harness";

const signing = { apiKeyId: "signer", name: "root" } as ApiKey;
const key = { apiKeyId: "left", name: "bot-0123456" } as ApiKey;

const errorOf = (kind: FailureKind, mayHaveSucceeded = false) =>
    new KalshiError("delete", kind, { summary: `a ${kind}`, mayHaveSucceeded });

/**
 * Creates a platform with the given outcomes of successive DELETEs and the given successive lists, of which the last one repeats.
 */
function platformWith(outcomes: Error | undefined | readonly (Error | undefined)[], ...lists: ApiKey[][]) {
    const left = [outcomes].flat();
    const deleted: string[] = [];
    const pauses: number[] = [];
    let listed = 0;
    const client = {
        deleteApiKey: async (apiKeyId: string) => {
            deleted.push(apiKeyId);
            const outcome = left.length > 1 ? left.shift() : left[0];
            if (outcome !== undefined) {
                throw outcome;
            }
        },
        listApiKeys: async () => lists[Math.min(listed++, lists.length - 1)] ?? [],
    };
    const platform = {
        client: client as unknown as Platform["client"],
        signingKeyId: signing.apiKeyId,
        now: () => 0,
        kalshiTime: () => Date.parse("2026-01-01T01:00:00.000Z"),
        sleep: async (milliseconds: number) => void pauses.push(milliseconds),
        verifyKey: async () => "accepted" as const,
    };
    return { platform, list: new SharedList(platform), deleted, pauses, asked: () => listed };
}

describe("revoke", () => {
    test.each<[string, Error | undefined, Existence, string | RegExp]>([
        ["accepts Kalshi's 204", undefined, "listed", "revoked"],
        ["rejects a 404 of a key that still exists", errorOf("notFound"), "signs", /a notFound.*KALSHI_OTHER_ACCOUNT/],
        [
            "rejects a 404 of a key that the list still shows",
            errorOf("notFound"),
            "listed",
            /^(?!.*kalshi:baseUrl).*a notFound.*KALSHI_NOT_REVOKED/,
        ],
        ["treats a 404 of a key that is gone as an earlier revocation", errorOf("notFound"), "gone", "was gone"],
        ["treats a lost response as success if the key is gone", errorOf("timeout", true), "gone", "revoked"],
        [
            "reports a lost response if the key exists",
            errorOf("timeout", true),
            "listed",
            /a timeout.*`kalshi:baseUrl`.*KALSHI_NOT_REVOKED/,
        ],
        ["reports a refusal, whatever the evidence", errorOf("forbidden"), "gone", /a forbidden/],
        ["rethrows other errors", new Error("internal"), "gone", /internal/],
    ])("%s", async (_, outcome, existence, expected) => {
        const { platform, deleted } = platformWith(outcome);
        const revoking = revoke(platform, key, async () => existence);
        if (typeof expected === "string") {
            expect(await revoking).toBe(expected);
        } else {
            await expect(revoking).rejects.toThrow(expected);
        }
        expect(deleted).toEqual(["left"]);
    });

    test("never revokes the signing key", async () => {
        const { platform, deleted } = platformWith(undefined);
        const revoking = revoke(platform, { apiKeyId: "SIGNER" }, async () => "gone");
        await expect(revoking).rejects.toThrow(/SIGNER.*KALSHI_SIGNING_KEY_PROTECTED/);
        expect(deleted).toEqual([]);
    });
});

describe("the revocation of a key that is in no state", () => {
    const lost = errorOf("server", true);

    test.each<[string, (Error | undefined)[], ApiKey[][], string | RegExp, number]>([
        ["is proven by a complete list without it and a second DELETE", [lost, undefined], [[signing]], "revoked", 0],
        [
            "is proven by such a list and a 404 to a second DELETE",
            [lost, errorOf("notFound")],
            [[signing]],
            "revoked",
            0,
        ],
        ["is proven by such a list after a 404", [errorOf("notFound"), lost], [[signing]], "was gone", 0],
        [
            "is not proven by the list alone, which may lag",
            [lost, errorOf("timeout", true)],
            [[signing]],
            /a timeout/,
            0,
        ],
        [
            "is proven by a later list, because a list may lag",
            [lost, undefined],
            [[signing, key], [signing]],
            "revoked",
            1,
        ],
        ["is not proven by lists that show it", [lost], [[signing, key]], /KALSHI_NOT_REVOKED/, 4],
        ["is not proven by a list without the signing key", [lost], [[]], /KALSHI_EXISTENCE_UNKNOWN/, 0],
    ])("%s", async (_, outcomes, lists, expected, looks) => {
        const { platform, list, pauses } = platformWith(outcomes, ...lists);
        const revoking = revokeOrphan(platform, list, key);
        if (typeof expected === "string") {
            expect(await revoking).toBe(expected);
        } else {
            await expect(revoking).rejects.toThrow(expected);
        }
        expect(pauses).toHaveLength(looks);
    });

    test("is not proven by a list from before the DELETE", async () => {
        const { platform, list, asked } = platformWith([lost, undefined], [signing], [signing, key], [signing]);
        await list.get();
        expect(await revokeOrphan(platform, list, key)).toBe("revoked");
        expect(asked()).toBe(3);
    });
});

describe("the existence of a key", () => {
    const state = {
        apiKeyId: "left",
        name: "bot",
        createdAt: "2026-01-01T00:55:00.000Z",
        __signedBy: "signer",
    } as unknown as ApiKeyState;
    const { privateKey } = ownKeyPair("ed25519");

    test.each(["accepted", "wrongPrivateKey", "unknownKey"] as const)(
        "is proven by a request that the key signs, without a list (%s)",
        async (verdict) => {
            const { platform, list, asked } = platformWith(undefined, [signing]);
            const asking = { ...platform, verifyKey: async () => verdict } as unknown as Platform;
            const expected = verdict === "unknownKey" ? "gone" : "signs";
            expect(await findExistence({ state: { ...state, privateKey } }, asking, list)).toBe(expected);
            expect(asked()).toBe(0);
        },
    );

    test.each<[string, Partial<ApiKeyState>, ApiKey[], boolean, string | RegExp]>([
        ["is shown by the list", {}, [signing, key], false, "listed"],
        ["is disproven by a list once the key is five minutes old", {}, [signing], false, "gone"],
        [
            "is uncertain before that",
            { createdAt: "2026-01-01T00:55:00.001Z" },
            [signing],
            false,
            /\b5 minutes.*KALSHI_EXISTENCE_UNKNOWN/,
        ],
        [
            "is disproven before that if Kalshi answered its DELETE with 404",
            { createdAt: "2026-01-01T01:00:00.000Z" },
            [signing],
            true,
            "gone",
        ],
        [
            "is uncertain without the signing key",
            { __signedBy: undefined },
            [],
            false,
            /\(signer\).*KALSHI_EXISTENCE_UNKNOWN/,
        ],
        [
            "is uncertain on an account that does not list the last signing key",
            { __signedBy: "another" },
            [signing],
            false,
            /\(signer\).*\(another\).*KALSHI_OTHER_ACCOUNT/,
        ],
        ["is disproven if the last signing key is unknown", { __signedBy: undefined }, [signing], false, "gone"],
        [
            "is checked by the list if the private key cannot be read",
            { privateKey: "no key" },
            [signing],
            false,
            "gone",
        ],
    ])("%s", async (_, more, keys, wasNotFound, expected) => {
        const { platform, list } = platformWith(undefined, keys);
        const question = { state: { ...state, ...more }, wasNotFound };
        const finding = findExistence(question, platform as unknown as Platform, list);
        if (typeof expected === "string") {
            expect(await finding).toBe(expected);
        } else {
            await expect(finding).rejects.toThrow(expected);
        }
    });

    test("is shown by one list unless the caller waits for another", async () => {
        const { platform, list, asked, pauses } = platformWith(undefined, [signing, key]);
        expect(await findExistence({ state }, platform as unknown as Platform, list)).toBe("listed");
        expect(asked()).toBe(1);
        expect(await findExistence({ state, pauses: [5, 6] }, platform as unknown as Platform, list)).toBe("listed");
        expect(asked()).toBe(3);
        expect(pauses).toEqual([5, 6]);
    });

    test("is uncertain for a young key unless its DELETE was answered with 404", async () => {
        const { platform, list } = platformWith(undefined, [signing]);
        const young = { ...state, createdAt: "2026-01-01T01:00:00.000Z" };
        const finding = findExistence({ state: young }, platform as unknown as Platform, list);
        await expect(finding).rejects.toThrow(/\b5 minutes.*KALSHI_EXISTENCE_UNKNOWN/);
    });

    test("is not checked by an outdated list", async () => {
        const { platform, list } = platformWith(undefined, [signing], [signing, key]);
        const [, generation] = await list.get();
        const question = { state, newerThan: generation };
        expect(await findExistence(question, platform as unknown as Platform, list)).toBe("listed");
    });
});
