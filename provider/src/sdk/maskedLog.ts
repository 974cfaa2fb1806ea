import { log } from "@pulumi/pulumi";

/** A private key in PEM, with plain or escaped line breaks. */
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----/gs;

/**
 * Masks private keys in the messages that the SDK logs at the debug level in a program's process.
 *
 * The SDK logs the engine's whole response to the registration of a resource ("RegisterResource RPC finished"), with secrets in
 * plaintext. The engine shows such messages with `--debug`, and with `--json` even without `--debug`. The SDK logs other resources
 * that have a private key as an input in the same way. Source: @pulumi/pulumi 3.270.0, runtime/resource.js.
 *
 * It affects the program's SDK because the SDK is a peer dependency of this package, so only one copy of it is loaded.
 */
function maskPrivateKeys(): void {
    const { debug } = log;
    // The SDK calls `debug` through the module's exports, which only its types declare as read-only.
    (log as { debug: typeof debug }).debug = (message, ...rest) =>
        debug(message.replace(privateKey, "[secret]"), ...rest);
}

maskPrivateKeys();
