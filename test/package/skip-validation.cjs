// Preloaded by an example, before TypeScript can be: its app is synthesized without validation.
const { App } = require('aws-cdk-lib');

const { synth } = App.prototype;
App.prototype.synth = function (options) {
  return synth.call(this, { ...options, skipValidation: true });
};
