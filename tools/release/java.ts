import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zipSync } from "fflate";
import which from "which";
import { addresses } from "../addresses";
import { root } from "../paths";
import { mustRun } from "../processes";
import { fillTemplate } from "../template";
import { description, digest, filesOf, time, version, type Part } from "./part";
import { inSdkStage } from "./sdkStage";

const artifact = `pulumi-kalshi-${version}`;
const bundle = `pulumi-kalshi-java-${version}-bundle.zip`;
const jars = ["", "-sources", "-javadoc"].map((classifier) => `${artifact}${classifier}.jar`);

/**
 * The Java package: jar, sources, documentation and pom in one file, in the layout of a Maven repository, as Maven Central takes it.
 * Source: central.sonatype.org, publish/publish-portal-upload.
 */
export const javaPart: Part = {
    title: "Java package",
    files: [bundle],
    pack: async (folder, say) => {
        if ((await which("mvn", { nothrow: true })) === null) {
            throw new Error(
                "there is no mvn on PATH: install a JDK, 17 or newer, and Maven (https://maven.apache.org)",
            );
        }
        await inSdkStage("java", say, async (stage) => {
            const metadata = join(stage, "src", "main", "resources", "META-INF");
            await mkdir(metadata, { recursive: true });
            await copyFile(join(stage, "LICENSE"), join(metadata, "LICENSE"));
            const pom = join(stage, "pom.xml");
            const template = await readFile(join(root, "tools", "release", "java", "pom.xml"), "utf8");
            const values = { ...addresses, version, description, time: time.toISOString() };
            await writeFile(pom, fillTemplate(template, values));
            say("compiling by Maven");
            await mustRun("mvn", ["--batch-mode", "--quiet", "package"], { cwd: stage });
            const repository = join(stage, "repository");
            const place = join(repository, ...addresses.mavenGroup.split("."), "pulumi-kalshi", version);
            await mkdir(place, { recursive: true });
            await copyFile(pom, join(place, `${artifact}.pom`));
            for (const jar of jars) {
                await copyFile(join(stage, "target", jar), join(place, jar));
            }
            for (const file of [...jars, `${artifact}.pom`]) {
                for (const algorithm of ["md5", "sha1"] as const) {
                    await writeFile(join(place, `${file}.${algorithm}`), await digest(algorithm, join(place, file)));
                }
            }
            await writeFile(join(folder, bundle), await zipOf(repository));
        });
    },
};

async function zipOf(folder: string): Promise<Uint8Array> {
    const entries: Record<string, Uint8Array> = {};
    for (const file of await filesOf(folder)) {
        entries[file] = await readFile(join(folder, file));
    }
    // A zip file has local times, so the same digits are right on every machine.
    const mtime = new Date(time.getTime() + time.getTimezoneOffset() * 60_000);
    return zipSync(entries, { mtime });
}
