// Preloaded into the emulator's process. Replies to each message of the benchmark with the number of accepted connections.
const { subscribe } = require("node:diagnostics_channel");

let connections = 0;
subscribe("net.server.socket", () => connections++);
process.on("message", () => process.send(connections));
// The channel must not keep the emulator's process alive.
process.channel.unref();
