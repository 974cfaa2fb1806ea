import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { addresses } from "../addresses";
import { generatedFiles } from "./files";
import { root } from "../paths";

// `npm run generate`: writes what follows from the declarations of inputs, outputs and options, and from publisher.json.
void generatedFiles(addresses).then((files) => {
    for (const [path, text] of files) {
        writeFileSync(join(root, path), text);
        console.log(path);
    }
});
