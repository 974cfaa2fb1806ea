import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedFiles } from "./files";

// `npm run generate`: writes what follows from the declarations of inputs, outputs and options.
void generatedFiles().then((files) => {
    for (const [path, text] of files) {
        writeFileSync(join(__dirname, "..", "..", path), text);
        console.log(path);
    }
});
