'use strict';

const fs = require('node:fs');
const path = require('node:path');

const FILE = 'pumuki-install.json';

/**
 * What `pumuki install` did, for `pumuki uninstall` to undo: in which files it put something, and which files and
 * folders it made. It lies in git's own directory, and names all from there, so that it holds in a copy too.
 */
class Record {
  constructor(home, { put, made }) {
    this.home = home;
    this.put = new Set(put);
    this.made = new Set(made);
  }

  /** One that is missing or damaged says nothing: then only what has the gate's mark is known to be its own. */
  static of(repository) {
    const home = repository.common;
    let said;
    try {
      said = JSON.parse(fs.readFileSync(path.join(home, FILE), 'utf8'));
    } catch {
      said = null;
    }
    const names = (value) => (Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []);
    return new Record(home, { put: names(said?.put), made: names(said?.made) });
  }

  has(file) {
    return this.made.has(this.nameOf(file));
  }

  notePut(file) {
    this.put.add(this.nameOf(file));
  }

  /** Notes what does not exist yet of a file and the folders above it. */
  noteMissing(file) {
    for (let at = file; !fs.existsSync(at) && path.dirname(at) !== at; at = path.dirname(at)) {
      this.made.add(this.nameOf(at));
    }
  }

  /** The files in which something was put. */
  files() {
    return [...this.put].map((name) => path.resolve(this.home, name));
  }

  write() {
    const said = { put: [...this.put].sort(), made: [...this.made].sort() };
    writeChanged(path.join(this.home, FILE), `${JSON.stringify(said, null, 2)}\n`);
  }

  /** Takes the folders that were made, where nothing is left in them, the deepest first; then the record itself. */
  remove() {
    const folders = [...this.made].map((name) => path.resolve(this.home, name)).sort((a, b) => b.length - a.length);
    for (const folder of folders) {
      if (fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() && fs.readdirSync(folder).length === 0) {
        fs.rmdirSync(folder);
      }
    }
    fs.rmSync(path.join(this.home, FILE), { force: true });
  }

  nameOf(file) {
    return path.relative(this.home, file).split(path.sep).join('/');
  }
}

/** Writes a file in place, with the mode that it has, and not at all where it says the same already. */
function writeChanged(file, text) {
  if (!fs.existsSync(file) || fs.readFileSync(file, 'latin1') !== text) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text, 'latin1');
  }
}

module.exports = { Record, writeChanged };
