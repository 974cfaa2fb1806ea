/**
 * The emulator's page. It loads the state every second and shows it. All text of clients, such as the names of keys, is set as text, never
 * as HTML. Rows that did not change stay, so that the focus, a selection and the reading position stay.
 *
 * @typedef {import("../state").State} State
 * @typedef {import("../state").KeyState} KeyState
 * @typedef {import("../state").RequestState} RequestState
 * @typedef {import("../state").FaultState} FaultState
 * @typedef {import("../state").BucketState} BucketState
 * @typedef {import("../errors").SignatureVerdict} SignatureVerdict
 */

/** Milliseconds between two loads of the state. */
const interval = 1_000;
/** Milliseconds between two announcements of new requests. A screen reader would otherwise read all the time. */
const announcementInterval = 10_000;

/** @type {Readonly<Record<SignatureVerdict, string>>} */
const verdicts = {
    valid: "valid",
    no_headers: "no headers",
    key_missing: "no key id",
    signature_missing: "no signature",
    timestamp_missing: "no timestamp",
    timestamp_expired: "timestamp expired",
    unknown_key: "unknown key",
    revoked_key: "revoked key",
    bad_signature: "does not match",
};

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
function byId(id, type) {
    const element = document.getElementById(id);
    if (!(element instanceof type)) {
        throw new Error(`no element ${id}`);
    }
    return element;
}

/**
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {{ className?: string, text?: string }} properties
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[N]}
 */
function create(name, { className = "", text = "" } = {}, ...children) {
    const element = document.createElement(name);
    if (className !== "") {
        element.className = className;
    }
    element.append(...(text === "" ? [] : [text]), ...children);
    return element;
}

/**
 * Makes characters visible that a browser does not show, or that change the direction of the text around them.
 *
 * @param {string} text
 */
function visible(text) {
    return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
        return `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`;
    });
}

/**
 * Returns an element for a text of a client. `bdi` keeps its direction from the text around it.
 *
 * @param {string} text
 */
function foreign(text) {
    return create("bdi", { text: visible(text) });
}

/**
 * @param {string} text
 * @param {"" | "good" | "caution" | "bad"} level
 */
function badge(text, level = "") {
    return create("span", { className: `badge ${level}`.trim(), text });
}

const units = /** @type {const} */ ([
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
]);

/**
 * @param {number} milliseconds
 */
function duration(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
    const [unit, length] = units.find((one) => seconds >= one[1]) ?? ["second", 1];
    return new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" }).format(
        Math.floor(seconds / length),
    );
}

/**
 * Returns an element that shows how long ago a time was. {@link updateTimes} sets its text.
 *
 * @param {string} at
 * @param {string} suffix
 */
function elapsed(at, suffix = "") {
    const time = create("time");
    time.dateTime = at;
    time.title = at;
    time.dataset["suffix"] = suffix;
    return time;
}

/**
 * @param {string} now the emulator's time
 */
function updateTimes(now) {
    for (const time of document.querySelectorAll("time")) {
        if (time.dataset["suffix"] !== undefined) {
            const text = duration(Date.parse(now) - Date.parse(time.dateTime)) + time.dataset["suffix"];
            // An equal text would end a selection.
            if (time.textContent !== text) {
                time.textContent = text;
            }
        }
    }
}

/**
 * Shows a list of items. Replaces only the elements of items that have changed.
 *
 * @template T
 * @param {HTMLElement} parent
 * @param {readonly T[]} items
 * @param {(item: T) => string} idOf
 * @param {(item: T) => HTMLElement} elementOf
 * @param {unknown} [shared] what the elements depend on besides their items
 */
function show(parent, items, idOf, elementOf, shared) {
    const isFirst = parent.dataset["shown"] === undefined;
    parent.dataset["shown"] = "true";
    const old = new Map(
        [...parent.children].map((child) => [child instanceof HTMLElement ? child.dataset["id"] : "", child]),
    );
    const elements = items.map((item) => {
        const id = idOf(item);
        const content = JSON.stringify([item, shared]);
        const before = old.get(id);
        if (before instanceof HTMLElement && before.dataset["content"] === content) {
            return before;
        }
        const element = elementOf(item);
        element.dataset["id"] = id;
        element.dataset["content"] = content;
        if (before === undefined && !isFirst) {
            element.classList.add("new");
        }
        if (before?.contains(document.activeElement)) {
            queueMicrotask(() => element.querySelector("button")?.focus());
        }
        return element;
    });
    if (
        elements.length !== parent.children.length ||
        elements.some((element, index) => element !== parent.children[index])
    ) {
        // `replaceChildren` would move all elements, and the focused one would lose the focus.
        const kept = new Set(elements);
        for (const child of [...parent.children]) {
            if (!(child instanceof HTMLElement) || !kept.has(child)) {
                child.remove();
            }
        }
        elements.forEach((element, index) => {
            if (parent.children[index] !== element) {
                parent.insertBefore(element, parent.children[index] ?? null);
            }
        });
    }
}

/**
 * @param {...(Node | string | { className: string, content: Node | string })} cells
 */
function cellsOf(...cells) {
    return cells.map((cell) =>
        typeof cell === "object" && "content" in cell
            ? create("td", { className: cell.className }, cell.content)
            : create("td", {}, cell),
    );
}

const none = "–";

/**
 * @param {KeyState} key
 * @param {string} rootKeyId
 */
function keyRow(key, rootKeyId) {
    const name = create("th", {}, foreign(key.name), create("span", { className: "mono", text: key.apiKeyId }));
    name.scope = "row";
    if (key.apiKeyId === rootKeyId) {
        name.firstChild?.after(" ", badge("root key"));
    }
    const boundTo =
        key.subaccount === null
            ? key.fcmSubtraderId === null
                ? none
                : foreign(key.fcmSubtraderId)
            : `subaccount ${key.subaccount}`;
    const scopes = create("span");
    scopes.append(...key.scopes.flatMap((scope, index) => [index === 0 ? "" : " ", badge(visible(scope))]));
    return create(
        "tr",
        { className: key.revokedAt === null ? "" : "revoked" },
        name,
        ...cellsOf(
            key.scopes.length === 0 ? none : scopes,
            { className: "short", content: key.keyType === "rsa" ? "RSA" : "Ed25519" },
            { className: "bound", content: boundTo },
            { className: "short", content: elapsed(key.createdAt) },
            { className: "short", content: key.lastUsedAt === null ? none : elapsed(key.lastUsedAt, " ago") },
            { className: "short", content: key.revokedAt === null ? none : elapsed(key.revokedAt, " ago") },
        ),
    );
}

/**
 * @param {RequestState} request
 * @param {ReadonlyMap<string, string>} names the keys' names by their ids
 */
function requestRow(request, names) {
    const time = create("time", { text: clockTime(request.at) });
    time.dateTime = request.at;
    time.title = request.at;
    const { status, signature, keyId, fault } = request;
    const verdict = signature === null ? none : badge(verdicts[signature], signature === "valid" ? "good" : "bad");
    return create(
        "tr",
        { className: fault === undefined ? "" : "faulty" },
        ...cellsOf(
            { className: "short mono", content: time },
            { className: "path mono", content: foreign(`${request.method} ${shortPath(request.path)}`) },
            {
                className: "short",
                content: status === null ? badge("no response") : badge(String(status), levelOf(status)),
            },
            { className: "short", content: verdict },
            { className: "key", content: keyId === null ? none : foreign(names.get(keyId) ?? keyId) },
            { className: "short", content: fault === undefined ? none : badge(fault, "caution") },
        ),
    );
}

/**
 * Shortens a path of the API. One without the API's prefix, which a wrong base URL causes, stays visible as such.
 *
 * @param {string} path
 */
function shortPath(path) {
    return path.replace(/^\/trade-api\/v2\//, "…/");
}

/**
 * @param {string} at
 */
function clockTime(at) {
    return new Date(at).toLocaleTimeString("en-GB", {
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        fractionalSecondDigits: 3,
    });
}

/**
 * @param {number} status
 */
function levelOf(status) {
    return status < 300 ? "good" : status < 500 ? "caution" : "bad";
}

/**
 * @param {FaultState} fault
 */
function faultText({ operation, when, kind, status, delayMs, times }) {
    const details = [
        `${kind} ${when} ${operation}`,
        ...(kind === "status" || kind === "late" ? [`status ${status}`] : []),
        ...(delayMs === undefined ? [] : [`${delayMs} ms`]),
        ...(times === 1 ? [] : [`${times} times`]),
    ];
    return details.join(", ");
}

/**
 * @param {FaultState} fault
 */
function faultItem(fault) {
    const text = faultText(fault);
    const remove = create("button", { text: "Remove" });
    remove.type = "button";
    remove.setAttribute("aria-label", `Remove: ${text}`);
    remove.addEventListener("click", () => {
        void act(byId("fault-result", HTMLElement), async () => {
            await send("DELETE", `/_emulator/faults/${fault.id}`);
            // The button with the focus is about to disappear.
            byId("pending-heading", HTMLElement).focus();
            return "Removed.";
        });
    });
    return create("li", {}, create("span", { text }), remove);
}

/**
 * @param {BucketState} bucket
 */
function showBucket({ name, tokens, capacity, refillRate }) {
    const id = `bucket-${name}`;
    if (document.getElementById(id) === null) {
        const label = create("label", { text: name });
        label.htmlFor = id;
        const meter = create("meter");
        meter.id = id;
        const text = create("p", { className: "muted" });
        text.id = `${id}-text`;
        byId("buckets", HTMLElement).append(create("div", { className: "bucket" }, label, meter, text));
    }
    const meter = byId(id, HTMLMeterElement);
    meter.max = capacity;
    meter.optimum = capacity;
    meter.low = capacity * 0.2;
    meter.high = capacity * 0.5;
    meter.value = tokens;
    const number = (/** @type {number} */ value) => value.toLocaleString("en");
    setText(`${id}-text`, `${number(tokens)} of ${number(capacity)} tokens, ${number(refillRate)} more a second`);
}

/**
 * @param {string} id
 * @param {string} text
 */
function setText(id, text) {
    const element = byId(id, HTMLElement);
    if (element.textContent !== text) {
        element.textContent = text;
    }
}

let lastNumber = /** @type {number | undefined} */ (undefined);
let announcedNumber = 0;
let announcedAt = -Infinity;

/**
 * Announces how many requests came since the last announcement, but not those before the page was opened.
 *
 * @param {readonly RequestState[]} requests
 */
function announce(requests) {
    const latest = requests[0];
    const number = latest?.number ?? lastNumber ?? 0;
    if (lastNumber === undefined) {
        announcedNumber = number;
    }
    lastNumber = number;
    const count = number - announcedNumber;
    if (latest !== undefined && count > 0 && performance.now() - announcedAt > announcementInterval) {
        announcedAt = performance.now();
        announcedNumber = number;
        setText("new-requests", count === 1 ? "1 new request" : `${count} new requests`);
    }
}

/**
 * @param {State} state
 */
function showState(state) {
    setText("about", `Version ${state.version}, usage level ${state.usageLevel}.`);
    setText("exports", state.exports);
    const rootKeyId = state.variables.KALSHI_API_KEY_ID;
    show(
        byId("keys", HTMLElement),
        state.keys,
        (key) => key.apiKeyId,
        (key) => keyRow(key, rootKeyId),
    );
    const names = new Map(state.keys.map(({ apiKeyId, name }) => [apiKeyId, name]));
    show(
        byId("requests", HTMLElement),
        state.requests,
        ({ number }) => String(number),
        (request) => requestRow(request, names),
    );
    byId("requests-table", HTMLElement).hidden = state.requests.length === 0;
    byId("no-requests", HTMLElement).hidden = state.requests.length > 0;
    setText("limits-note", state.rateLimits.enforced ? "A call costs 10 tokens." : "The rate limit is not enforced.");
    state.rateLimits.buckets.forEach(showBucket);
    show(byId("faults", HTMLElement), state.faults, ({ id }) => String(id), faultItem);
    byId("faults", HTMLElement).hidden = state.faults.length === 0;
    byId("no-faults", HTMLElement).hidden = state.faults.length > 0;
    updateTimes(state.now);
    announce(state.requests);
}

/**
 * Sends a request to the emulator's own endpoints.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
async function send(method, path, body) {
    const response = await fetch(path, {
        method,
        ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (!response.ok) {
        throw new Error(`status ${response.status}: ${visible(await response.text())}`);
    }
    return response;
}

let refreshing = /** @type {Promise<void> | undefined} */ (undefined);

/** Loads and shows the state. Calls at the same time share one request. */
function refresh() {
    refreshing ??= load().finally(() => (refreshing = undefined));
    return refreshing;
}

async function load() {
    try {
        /** @type {unknown} */
        const body = await (await send("GET", "/_emulator/state")).json();
        showState(/** @type {State} */ (body));
        setConnection("Live", true);
    } catch {
        setConnection("No connection to the emulator. The page shows its last state.", false);
    }
}

/**
 * @param {string} text
 * @param {boolean} isLive
 */
function setConnection(text, isLive) {
    setText("connection", text);
    byId("connection", HTMLElement).classList.toggle("live", isLive);
}

/**
 * Does what a button is for, and shows the result beside it.
 *
 * @param {HTMLElement} result
 * @param {() => Promise<string>} action returns the text to show
 */
async function act(result, action) {
    try {
        result.textContent = await action();
        // A load that has already begun may not show the action's effect.
        await refreshing;
        await refresh();
    } catch (error) {
        result.textContent = `Failed: ${error instanceof Error ? error.message : String(error)}`;
    }
}

/**
 * @param {string} button
 * @param {string} result
 * @param {() => Promise<string>} action
 */
function onClick(button, result, action) {
    byId(button, HTMLButtonElement).addEventListener("click", () => void act(byId(result, HTMLElement), action));
}

onClick("copy", "copied", async () => {
    await navigator.clipboard.writeText(byId("exports", HTMLElement).textContent);
    return "Copied.";
});
onClick("clear-requests", "new-requests", async () => {
    await send("DELETE", "/_emulator/requests");
    return "Cleared.";
});
onClick("release", "released", async () => {
    await send("DELETE", "/_emulator/held");
    return "Released.";
});

const form = byId("fault-form", HTMLFormElement);

/** Shows only the fields that the chosen kind of fault has. */
function showFields() {
    const kind = new FormData(form).get("kind");
    for (const label of form.querySelectorAll("label")) {
        const kinds = label.dataset["kinds"]?.split(" ");
        if (kinds !== undefined) {
            label.hidden = !(typeof kind === "string" && kinds.includes(kind));
            // A disabled field is neither checked nor sent.
            label.querySelector("input")?.toggleAttribute("disabled", label.hidden);
        }
    }
}

form.addEventListener("change", showFields);
form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = [...new FormData(form)].filter(([, value]) => value !== "");
    const isNumber = (/** @type {string} */ name) => ["status", "delayMs", "times"].includes(name);
    const fault = Object.fromEntries(fields.map(([name, value]) => [name, isNumber(name) ? Number(value) : value]));
    void act(byId("fault-result", HTMLElement), async () => {
        await send("POST", "/_emulator/faults", fault);
        return "Injected.";
    });
});
showFields();

/** Loads the state every second while the page is visible. */
async function poll() {
    if (!document.hidden) {
        await refresh();
    }
    setTimeout(() => void poll(), interval);
}

document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
        void refresh();
    }
});
void poll();
