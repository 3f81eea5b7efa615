'use strict';

// Runs programs of the gate, one after the other, each as if a node of its own had been started for it: where it is
// told to, with the environment, the arguments and the standard input that it is told, and from modules that are loaded
// anew. Reads one { program, args, directory, env, stdin } a line from standard input, and answers each with one
// { exit, stdout, stderr }.
// The gate does nothing that comes later than its main module ends, so that is when a program ends.

const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const readline = require('node:readline');
const vm = require('node:vm');

const output = { stdout: '', stderr: '' };
for (const name of Object.keys(output)) {
  const stream = {
    on: () => stream,
    write: (text) => {
      output[name] += text;
      return true;
    },
  };
  Object.defineProperty(process, name, { value: stream });
}

// The gate reads its standard input at once and as a whole.
const readFile = fs.readFileSync;
let input = '';
fs.readFileSync = (file, ...options) => (file === 0 ? input : readFile(file, ...options));

// To compile a module takes longer than to run it. It is compiled once, by its name and content, and run anew.
const compiled = new Map();
Module.prototype._compile = function compileOnce(content, filename) {
  const key = filename + content;
  if (!compiled.has(key)) {
    compiled.set(key, new vm.Script(Module.wrap(content.replace(/^#!.*/, '')), { filename }));
  }
  const main = compiled.get(key).runInThisContext();
  main.call(this.exports, this.exports, Module.createRequire(filename), this, filename, path.dirname(filename));
};

const [node] = process.argv;

function run({ program, args, directory, env, stdin }) {
  input = stdin;
  Object.assign(output, { stdout: '', stderr: '' });
  for (const module of Object.keys(require.cache)) {
    if (module !== __filename) {
      delete require.cache[module];
    }
  }
  for (const name of Object.keys(process.env)) {
    delete process.env[name];
  }
  Object.assign(process.env, env);
  process.chdir(directory);
  process.argv = [node, program, ...args];
  process.exitCode = undefined;
  try {
    require(program);
  } catch (error) {
    output.stderr += error.stack;
    process.exitCode = 1;
  }
  const exit = process.exitCode ?? 0;
  process.exitCode = undefined;
  process.chdir(__dirname); // that of the program is about to be removed
  return { exit, ...output };
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  fs.writeSync(1, `${JSON.stringify(run(JSON.parse(line)))}\n`);
});
