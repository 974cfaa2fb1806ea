const { KalshiApiKey } = require("pulumi-kalshi");

const publicKey = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
`;
const { ADOPT } = process.env;
const adopt = ADOPT === undefined ? {} : { adopt: { apiKeyId: ADOPT } };

new KalshiApiKey("drawn");
new KalshiApiKey("exact", {
    name: "an exact name",
    keyType: "ed25519",
    scopes: ["write::trade", "read"],
    subaccount: 3,
});
new KalshiApiKey("own", { publicKey, namePrefix: "mine" });
new KalshiApiKey("rotated", { keyType: "ed25519", rotationDays: 36500, rotationTriggers: { incident: 1 } });
new KalshiApiKey("adopted", { scopes: ["read"], ...adopt });
