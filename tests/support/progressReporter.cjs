/** A reporter for Jest that says after each test file how many are done. Jest's own shows that in a terminal only, not in a log. */
module.exports = class ProgressReporter {
    /** @type {import("@jest/reporters").Reporter["onTestResult"]} */
    onTestResult(_test, _result, { numTotalTestSuites: total, startTime, ...counts }) {
        const done = counts.numPassedTestSuites + counts.numFailedTestSuites + counts.numPendingTestSuites;
        if (total > 1) {
            const minutes = ((Date.now() - startTime) / 60_000).toFixed(1);
            process.stderr.write(`${done} of ${total} test files done after ${minutes} min\n`);
        }
    }
};
