import { join } from "node:path";

/** The root folder of this repository. */
export const root = join(__dirname, "..", "..");
