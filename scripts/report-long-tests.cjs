const { relative } = require('node:path');

/** A reporter of Jest, which by itself prints a line only when a file of tests ends. */
module.exports = class {
  timers = {};

  onTestFileStart({ path }) {
    this.timers[path] = setInterval(() => console.log(`${relative('.', path)} is still running`), 10_000);
  }

  onTestFileResult({ path }) {
    clearInterval(this.timers[path]);
  }
};
