/** What the checks examine. */
export interface Subject {
    /** The folder with the files of a release. */
    readonly release: string;
    /** The names of the files that the release must have. */
    readonly files: readonly string[];
    /** The folder of the repository, from which the Registry reads the schema and the pages at the release's tag. */
    readonly source: string;
}

export interface Check {
    readonly title: string;
    /** Returns a sentence for each problem. */
    readonly findProblems: (subject: Subject) => Promise<readonly string[]> | readonly string[];
}
