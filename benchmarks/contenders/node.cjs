// The least that can print a line: what Node itself needs.
console.log("0");
setInterval(() => undefined, 60_000);
