// A minimal Node program: it prints a line.
console.log("0");
setInterval(() => undefined, 60_000);
