import { isDeepStrictEqual } from "node:util";
import { rotateAt as daysLater } from "../apiKey/diff";
import { label } from "../apiKey/errors";
import type { Severity } from "../apiKey/platform";
import { isUnknown, unknownText, type RawProperties } from "../apiKey/properties";
import { isExpansion, sameSet } from "../apiKey/scopes";
import { inputNames, inputs as declarations, type InputName, type RotatingApiKeyInputs } from "./inputs";
import { generationsOf, type Generation, type RotatingApiKeyState } from "./outputs";

/** A key that an update revokes, and why. */
export interface PlannedRevocation {
    readonly generation: Generation;
    readonly reason: string;
    /** Whether its overlap has not ended, although the user did not ask to revoke it. Default: false. */
    readonly isEarly?: boolean;
    /** If time alone is the reason, when it becomes one: Unix time in milliseconds. Kalshi's clock has to agree. Default: any time. */
    readonly notBefore?: number;
}

/** A sentence for the user about what an update does. */
export interface Description {
    readonly text: string;
    readonly severity: Severity;
}

/** What an update does. `diff`, the preview and the update itself follow from it. */
export interface Plan {
    /** Why a new key becomes the current one; empty if none does. */
    readonly rotationReasons: readonly string[];
    /** If time alone is the reason, when it becomes one: Unix time in milliseconds. Kalshi's clock has to agree. */
    readonly rotationNotBefore: number | undefined;
    /** The previous key after the update. */
    readonly previous: Generation | undefined;
    readonly revocations: readonly PlannedRevocation[];
    /** The inputs that changed. */
    readonly changedInputs: readonly string[];
    /** The changed triggers that do not rotate, because the key was just imported. */
    readonly recordedTriggers: readonly string[];
}

/**
 * Determines what an update does: the table of states in docs/rotation.md.
 *
 * @param inputs the inputs that `check` returned; an unknown value counts as changed
 */
export function planOf(state: RotatingApiKeyState, inputs: RotatingApiKeyInputs): Plan {
    const changedInputs = inputNames.filter((name) => differs(name, state, inputs));
    const rotating = changedInputs.filter((name) => declarations[name].onChange === "rotate");
    const recordedTriggers = isFirstAfterImport(state, inputs) ? rotating.filter(isTrigger) : [];
    const triggers = rotating.filter((name) => !recordedTriggers.includes(name));
    const due = dueDate(state, inputs);
    const isBroken = isUnreadable(state.current);
    const rotationReasons = [
        ...(state.current === undefined ? ["the current key was revoked outside Pulumi"] : []),
        ...(isBroken ? ["the current private key cannot be read"] : []),
        ...(due === undefined ? [] : [`rotation due since ${due}`]),
        ...(triggers.length > 0 ? [`changed ${triggers.join(", ")}`] : []),
    ];
    const outdated = (state.__outdated ?? []).map((generation) => ({
        generation,
        reason: "an earlier update did not revoke it",
    }));
    const common = {
        rotationReasons,
        rotationNotBefore: due !== undefined && rotationReasons.length === 1 ? Date.parse(due) : undefined,
        changedInputs,
        recordedTriggers,
    };
    if (rotationReasons.length === 0) {
        const over = overlapEnd(state, inputs);
        return over === undefined
            ? { ...common, previous: state.previous, revocations: outdated }
            : {
                  ...common,
                  previous: undefined,
                  // If it is too early by Kalshi's clock, the update changes nothing, so this key is the first.
                  revocations: [
                      ...revoked([state.previous], {
                          reason: `its overlap ended on ${over}`,
                          notBefore: Date.parse(over),
                      }),
                      ...outdated,
                  ],
              };
    }
    const older = [isBroken ? undefined : state.current, state.previous].filter((one) => one !== undefined);
    const [previous, ...rest] = triggers.includes("revokeNow") ? [undefined, ...older] : older;
    const reason = triggers.includes("revokeNow") ? { reason: "revokeNow changed" } : superseded(state, inputs);
    return {
        ...common,
        previous,
        revocations: [
            ...outdated,
            ...(isBroken ? revoked([state.current], { reason: "its private key cannot be read" }) : []),
            ...revoked(rest, reason),
        ],
    };
}

function revoked(
    generations: readonly (Generation | undefined)[],
    why: Omit<PlannedRevocation, "generation">,
): PlannedRevocation[] {
    return generations.filter((one) => one !== undefined).map((generation) => ({ generation, ...why }));
}

/** Returns why a rotation revokes the previous key. */
function superseded(state: RotatingApiKeyState, inputs: RotatingApiKeyInputs): Omit<PlannedRevocation, "generation"> {
    const over = overlapEnd(state, inputs);
    return over === undefined
        ? {
              reason: `only one previous key is kept. Its overlap would have lasted until ${String(state.revokeAt)}`,
              isEarly: true,
          }
        : { reason: `its overlap ended on ${over}` };
}

/** Returns the state's dates by other inputs. Without a current key, nothing is due and no overlap ends. */
export function datesOf(
    { current, previous }: Pick<RotatingApiKeyState, "current" | "previous">,
    { rotationDays, overlapDays }: Pick<RotatingApiKeyInputs, "rotationDays" | "overlapDays">,
): Pick<RotatingApiKeyState, "rotateAt" | "revokeAt"> {
    return {
        rotateAt: current && daysLater(current.createdAt, rotationDays),
        // The current key was created when the rotation happened.
        revokeAt: current && previous && daysLater(current.createdAt, overlapDays),
    };
}

/** Returns a state with the properties that follow from the others. */
export function withDerived(state: Omit<RotatingApiKeyState, "rotateAt" | "revokeAt" | "__ids">): RotatingApiKeyState {
    return { ...state, ...datesOf(state, state), __ids: generationsOf(state).map(({ apiKeyId }) => apiKeyId) };
}

/** Returns the date since which the current key is due for rotation, by the time of the last `check`; undefined if it is not due. */
function dueDate(state: RotatingApiKeyState, inputs: RotatingApiKeyInputs): string | undefined {
    return ifPassed(datesOf(state, inputs).rotateAt, inputs);
}

/** Returns when the overlap ended, by the time of the last `check`; undefined if it has not ended. */
function overlapEnd(state: RotatingApiKeyState, inputs: RotatingApiKeyInputs): string | undefined {
    return ifPassed(datesOf(state, inputs).revokeAt, inputs);
}

function ifPassed(date: string | undefined, { __checkedAt = "" }: RotatingApiKeyInputs): string | undefined {
    return date !== undefined && Date.parse(date) <= Date.parse(__checkedAt) ? date : undefined;
}

/** Returns whether Kalshi's response to the create held a private key that cannot be read, so that no program can sign with it. */
function isUnreadable(generation: Generation | undefined): boolean {
    return generation?.privateKey !== undefined && generation.fingerprint === undefined;
}

function differs(name: InputName, state: RotatingApiKeyState, inputs: RotatingApiKeyInputs): boolean {
    const [was, is] = [state[name] ?? undefined, inputs[name] ?? undefined] as [unknown, unknown];
    if (isUnknown(is)) {
        return true;
    }
    if (state.__imported === true && isUnknownOfImported(name, state, inputs)) {
        return false;
    }
    return name === "scopes" ? !sameSet(was, is) : !isDeepStrictEqual(was, is);
}

/** Returns whether the state of an imported key does not show that an input differs. */
function isUnknownOfImported(name: InputName, state: RotatingApiKeyState, inputs: RotatingApiKeyInputs): boolean {
    // The state has the scopes of Kalshi's list. Without the private key, the key type is unknown.
    return (
        (name === "scopes" && isExpansion(inputs.scopes, state.scopes)) ||
        (name === "keyType" && state.keyType === undefined)
    );
}

function isTrigger(name: InputName): boolean {
    return name === "rotationTriggers" || name === "revokeNow";
}

/** Returns whether this is the first update after an import. It applies the program's triggers without a rotation. */
function isFirstAfterImport({ __imported }: RotatingApiKeyState, { __first }: RotatingApiKeyInputs): boolean {
    return __imported === true && __first === true;
}

/**
 * Returns the state after an update, as far as it is known before. Unknown values are the engine's sentinels.
 *
 * @param environment the configured environment, in which a new key is created
 */
export function expectedState(
    state: RotatingApiKeyState,
    inputs: RotatingApiKeyInputs,
    { previous, rotationReasons }: Plan,
    environment: string,
): RawProperties {
    const after = { ...inputs, previous };
    if (rotationReasons.length === 0) {
        const dates = datesOf({ ...state, previous }, inputs);
        return { ...after, current: state.current, ...dates, environment: state.environment };
    }
    const revokeAt = previous && { revokeAt: unknownText };
    return { ...after, current: unknownText, rotateAt: unknownText, ...revokeAt, environment };
}

/** Describes an update for the user: what it does and why. */
export function describe(
    { rotationReasons, previous, revocations, recordedTriggers }: Plan,
    inputs: RotatingApiKeyInputs,
): Description[] {
    const until = daysLater(String(inputs.__checkedAt), inputs.overlapDays);
    const kept =
        previous === undefined
            ? "no previous key is kept"
            : `the previous key is revoked on ${String(until)}, or by the first \`pulumi up\` after it: ${label(previous)}`;
    const rotation = `A new key becomes the current one (${rotationReasons.join("; ")}); ${kept}.`;
    const recorded =
        `The key was just imported, so a change of ${recordedTriggers.join(" and ")} does not rotate it: this run records the value. To rotate, ` +
        "change it once more.";
    return [
        ...(rotationReasons.length > 0 ? [{ text: rotation, severity: "info" as const }] : []),
        ...(recordedTriggers.length > 0 ? [{ text: recorded, severity: "warning" as const }] : []),
        ...revocations.map(({ generation, reason, isEarly = false }) => ({
            text: `The key ${label(generation)} is revoked, because ${reason}.`,
            severity: isEarly ? ("warning" as const) : ("info" as const),
        })),
    ];
}
