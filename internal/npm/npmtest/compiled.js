'use strict';
// Keeps what node has compiled of npm for the next npm, as npm itself does on a node that can (enableCompileCache).
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const folder = path.join(__dirname, 'compiled');
const compile = Module.prototype._compile;
const fresh = [];

Module.prototype._compile = function compiled(source, filename, ...rest) {
  if (/\bimport\(/.test(source)) {
    return compile.call(this, source, filename, ...rest); // such a file does not work from a cache
  }
  const kept = path.join(folder, filename.replaceAll('/', '%').slice(-200));
  let cachedData;
  try {
    cachedData = fs.readFileSync(kept);
  } catch {
    // the first npm that needs it
  }
  const script = new vm.Script(Module.wrap(source.replace(/^#!.*/, '')), { filename, cachedData });
  if (!cachedData) {
    fresh.push({ kept, script });
  }
  const require = Module.createRequire(filename);
  const module = script.runInThisContext();
  return module.call(this.exports, this.exports, require, this, filename, path.dirname(filename));
};

process.on('exit', () => {
  for (const { kept, script } of fresh) {
    const ours = `${kept}.${process.pid}`;
    fs.writeFileSync(ours, script.createCachedData());
    fs.renameSync(ours, kept); // at once, for others read it meanwhile
  }
});
